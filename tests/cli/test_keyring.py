"""Tokens in the system keyring, where there is one: a real one, of the `keyring` package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PASSWORD, Run, in_process

ROOT = Path(__file__).parents[2]
LOCKED = {"FILE_KEYRING_LOCKED": "1"}
NONE = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the keyring of every process keeps its items in."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.cli.file_keyring.FileKeyring")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("FILE_KEYRING", str(tmp_path / "keyring.json"))
    return tmp_path / "keyring.json"


@pytest.fixture
def session(keyring: Path, alice: str) -> str:
    """The session of a login whose tokens are in the keyring."""
    done = in_process("login", alice, "--password-stdin", "--json", stdin=PASSWORD)
    session_id: str = done.json["session"]["id"]
    return session_id


def item(keyring: Path) -> dict[str, Any]:
    """Return what the one item says."""
    (text,) = json.loads(keyring.read_text()).values()
    found: dict[str, Any] = json.loads(text)
    return found


def entry(credentials: Path) -> dict[str, Any]:
    """Return the one entry of the file."""
    (found,) = json.loads(credentials.read_text()).values()
    return dict(found)


def test_tokens_are_in_the_keyring_and_ids_in_the_file(
    session: str, keyring: Path, credentials: Path
) -> None:
    """The item is filed under the name of the database, or of the server."""
    (name,) = json.loads(keyring.read_text())
    kept = item(keyring)

    assert name == f"protekt {Path('protekt.db').resolve()}"
    assert {"sessionToken", "refreshToken"} <= kept.keys()
    assert set(entry(credentials)) == {"sessionId", "deviceId", "deviceName"}
    assert kept["refreshToken"] not in credentials.read_text()


def test_login_in_the_keyring_is_one_as_any_other(
    session: str, keyring: Path, credentials: Path
) -> None:
    """Its token is shown and renewed, and what comes is kept there too."""
    shown = in_process("token", "show")
    renewed = in_process("token", "refresh")
    answer = in_process("whoami", "--json")

    assert [shown.code, renewed.code, answer.code] == [0, 0, 0]
    assert renewed.out != shown.out
    assert (item(keyring)["refreshGeneration"], item(keyring)["sessionToken"]) == (
        1,
        renewed.out.strip(),
    )
    assert answer.json["session"]["id"] == session
    assert "sessionToken" not in entry(credentials)


def test_logout_drops_the_item(session: str, keyring: Path, credentials: Path) -> None:
    """The device stays in the file."""
    done = in_process("logout")

    assert done.code == 0
    assert json.loads(keyring.read_text()) == {}
    assert set(entry(credentials)) == {"deviceId", "deviceName"}
    assert in_process("whoami").code == 4


@pytest.mark.parametrize("environ", [NONE, LOCKED], ids=["none", "locked"])
def test_keyring_that_does_not_take_the_tokens_leaves_them_to_the_file(
    keyring: Path, alice: str, credentials: Path, environ: dict[str, str]
) -> None:
    """It is said with -v alone, and the login is good."""
    login = ["login", alice, "--password-stdin"]
    plain = in_process(*login, stdin=PASSWORD, environ=environ)
    verbose = in_process("-v", *login, stdin=PASSWORD, environ=environ)

    assert (plain.code, plain.err, verbose.code) == (0, "", 0)
    assert "the system keyring is not used: " in verbose.err
    assert {"sessionToken", "refreshToken"} <= entry(credentials).keys()
    assert in_process("whoami", environ=environ).code == 0


def test_keyring_of_no_known_backend_leaves_the_tokens_to_the_file(
    keyring: Path, alice: str, credentials: Path
) -> None:
    """A misspelt name is no reason not to log in."""
    environ = {"PYTHON_KEYRING_BACKEND": "nowhere.Keyring"}

    done = in_process("login", alice, "--password-stdin", stdin=PASSWORD, environ=environ)

    assert done.code == 0
    assert "sessionToken" in entry(credentials)


def test_tokens_that_the_keyring_does_not_give_are_missed(session: str, alice: str) -> None:
    """Exit 6, and it is said where they are; another login helps."""
    done = in_process("whoami", "--json", environ=LOCKED)
    again = in_process("login", alice, "--password-stdin", stdin=PASSWORD, environ=LOCKED)

    error = json.loads(done.err)["error"]
    assert (done.code, done.out, error["code"]) == (6, "", "store_unavailable")
    assert "the keyring is locked" in error["message"]
    assert "log in again" in error["hint"]
    assert (again.code, in_process("whoami", environ=LOCKED).code) == (0, 0)


def test_item_that_somebody_removed_is_no_login(session: str, keyring: Path) -> None:
    """Exit 4."""
    keyring.unlink()

    done = in_process("whoami")

    assert done.code == 4
    assert "not logged in" in done.err


def test_item_of_another_state_folder_is_no_login_here(
    session: str, alice: str, tmp_path: Path
) -> None:
    """Two of them share one keyring: the later login is that of its own folder alone."""
    there = {"XDG_STATE_HOME": str(tmp_path / "there")}
    later = in_process(
        "login", alice, "--password-stdin", "--json", stdin=PASSWORD, environ=there
    ).json["session"]["id"]

    shown = in_process("whoami", "--json", environ=there)
    here = in_process("logout")

    assert (shown.json["session"]["id"], here.code) == (later, 4)
    assert in_process("whoami", environ=there).code == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"sessionId": 1}'])
def test_damaged_item_is_said(session: str, keyring: Path, text: str) -> None:
    """No bug, and another login mends it."""
    (name,) = json.loads(keyring.read_text())
    keyring.write_text(json.dumps({name: text}))

    done = in_process("whoami")

    assert done.code == 1
    assert "the tokens in the system keyring are damaged" in done.err


def test_session_is_marked_without_asking_the_keyring(session: str) -> None:
    """A list that shows which session is this machine's imports no keyring for it."""
    child = (
        "import sys; from protekt_cli.cli.main import run; run(sys.argv[1:]);"
        " print('keyring' in sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", child, "sessions", "list", "--json"],
        env={**os.environ, **LOCKED},
        capture_output=True,
        text=True,
    )

    assert [each["current"] for each in json.loads(ended.stdout)] == [True]
    assert ended.stderr == "False\n"


def test_login_in_the_file_goes_to_the_keyring_when_it_is_renewed(
    protekt: Run, logged_in: str, keyring: Path, credentials: Path
) -> None:
    """The extra was installed after the login."""
    done = in_process("token", "refresh")

    assert done.code == 0
    assert item(keyring)["sessionToken"] == done.out.strip()
    assert "sessionToken" not in entry(credentials)
