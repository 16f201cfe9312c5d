"""`protekt serve` as a process: how it stops, what survives it, and the demonstration."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.journeys.asking import PATIENCE, Client
from tests.journeys.installation import EMAIL, PASSWORD, PROTEKT, Installation, Server, until

DEMO_USER = re.compile(r"^\s*(\S+@\S+)\s+(\S+)\s*$", re.MULTILINE)
PASTED = re.compile(r"(?:^  .*\n|^\n)+", re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("idle", [False, True], ids=["quiet", "idle-connection"])
def test_serve_stops_with_0_on_a_signal(
    installation: Installation, number: signal.Signals, idle: bool
) -> None:
    """SIGTERM and Ctrl-C end it gracefully, also while a client keeps a connection open."""
    with installation.serve() as server, Client(server.port) as client:
        if idle:
            assert client.ask("GET", "/healthz").status == 200
        else:
            client.connection.close()

        code = server.stop(number)

        assert code == 0
        assert "Traceback" not in server.log.read_text()


def test_sessions_live_on_when_the_server_was_killed(installation: Installation) -> None:
    """After kill -9 a session that was answered is there, and so is its last refresh."""
    with installation.serve() as server:
        first = server.login(EMAIL, PASSWORD)
        second = server.refresh(first["refreshToken"]).json()
        server.process.kill()
        server.process.wait(PATIENCE)

    with installation.serve("--port", str(server.port)) as restarted:
        told = restarted.validate(second["sessionToken"])
        third = restarted.refresh(second["refreshToken"])

    assert server.port == restarted.port
    assert (True, first["sessionId"]) == (told["valid"], told["session"]["id"])
    assert (third.status, third.json()["refreshGeneration"]) == (200, 2)


def test_server_is_alone_on_its_process(installation: Installation) -> None:
    """A killed server leaves no worker behind that answers on."""
    with installation.serve() as server:
        server.login(EMAIL, PASSWORD)
        server.process.kill()
        server.process.wait(PATIENCE)

        with pytest.raises(ConnectionRefusedError):
            server.ask("GET", "/healthz")


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """A folder in which nothing was set up, but for a configuration that cannot be read."""
    bare = Installation(tmp_path, {})
    bare.environment()
    (bare.folder / "protekt.toml").write_text("[server\nport = no\n")
    return bare


def test_demo_prints_users_that_can_log_in(bare: Installation) -> None:
    """The URL and three users with passwords are printed, and each password is the right one."""
    with bare.serve("--demo") as server:
        printed = server.log.read_text()
        people = until(lambda: DEMO_USER.findall(server.log.read_text()), "the users")
        names = [server.login(email, password)["user"]["email"] for email, password in people]

    assert f"http://127.0.0.1:{server.port}" in printed
    assert len(names) == 3
    assert [email for email, _ in people] == names


@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed lines use curl")
def test_demo_lines_work_when_pasted_into_a_shell(bare: Installation) -> None:
    """The very text that it prints, given to bash, lives a session from login to refusal."""
    with bare.serve("--demo") as server:
        until(lambda: "protekt --db" in server.log.read_text(), "the last line")
        text = "".join(PASTED.findall(server.log.read_text().partition("paste")[2]))
        pasted = subprocess.run(
            ["bash", "-eu", "-c", text],
            cwd=bare.root,
            env=bare.environment({"PATH": inactive()}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    assert (pasted.returncode, pasted.stderr) == (0, "")
    assert '"sessionToken":"ey' in pasted.stdout
    assert '"refreshGeneration":1' in pasted.stdout
    assert '{"revoked":1}' in pasted.stdout
    assert '"reason":"session_revoked"' in pasted.stdout
    assert re.search(r"^sess_\S+\t.*revoked", pasted.stdout, re.MULTILINE)


def inactive() -> str:
    """Return the search path of a terminal in which no virtual environment is active."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(name for name in folders if Path(name) != Path(PROTEKT).parent)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_demo_folder_is_private_and_gone_at_the_end(
    bare: Installation, number: signal.Signals
) -> None:
    """The throw-away database stands in a 0700 folder that its server takes away."""
    before = bare.listing()

    with bare.serve("--demo") as server:
        folders = demo_folders(bare, server)
        modes = [stat.S_IMODE(folder.stat().st_mode) for folder in folders]
        code = server.stop(number)

    assert modes == [0o700]
    assert (code, list((bare.root / "tmp").iterdir())) == (0, [])
    assert before == bare.listing()


def demo_folders(bare: Installation, server: Server) -> list[Path]:
    """Return what the demonstration made below the temporary folder."""
    assert server.ask("GET", "/readyz").status == 200
    return list((bare.root / "tmp").iterdir())


def test_demo_heeds_no_variable(bare: Installation) -> None:
    """Settings and keys in the environment do not reach the demonstration."""
    environ = {
        "PROTEKT_TOKENS_ACCESS_TTL": "never",
        "PROTEKT_MASTER_KEY": "not a key",
        "PROTEKT_CONFIG": "/nowhere.toml",
        "PROTEKT_DATABASE_URL": str(bare.root / "mine.db"),
    }

    with bare.serve("--demo", environ=environ) as server:
        email, password = until(lambda: DEMO_USER.findall(server.log.read_text()), "users")[0]
        session = server.login(email, password)

    assert session["expiresIn"] == 3600
    assert not (bare.root / "mine.db").exists()
