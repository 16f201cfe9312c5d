"""The README does what it says: its commands run as written, and its links lead somewhere."""

from __future__ import annotations

import itertools
import json
import os
import re
import select
import shlex
import shutil
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.asking import PATIENCE
from tests.journeys.installation import Installation, Server

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SETUP, MAKING, OVER_HTTP, IN_SHELL = BLOCKS[:2], BLOCKS[2], BLOCKS[3], BLOCKS[4]
PASSWORD = "secret123"
SAID = re.findall(r"`(protekt [^`]+)`", README)
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's own curl lines")


def commands(block: str) -> list[str]:
    return [line for line in block.splitlines() if line.startswith("protekt ")]


def at_a_terminal(installation: Installation, command: str, answer: str) -> tuple[int, str]:
    """Run a line on a terminal of its own, where *answer* is typed at each prompt.

    Returns: The exit code, and everything that the terminal showed.
    """
    ours, theirs = os.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    terminal = shlex.quote(os.ttyname(theirs))
    # bash leads a session without a terminal, so that the one it opens becomes its own.
    process = subprocess.Popen(
        ["bash", "-c", f"exec <{terminal}; {command}"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=installation.folder,
        env=installation.environment({"TERM": "dumb"}),
        start_new_session=True,
    )
    os.close(theirs)
    shown = "".join(typed(ours, answer))
    os.close(ours)
    return process.wait(PATIENCE), shown


def typed(terminal: int, answer: str) -> Iterator[str]:
    """Yield what a terminal shows, and type the answer wherever it asks."""
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            shown = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            return
        yield shown
        if shown.endswith(": "):
            os.write(terminal, f"{answer}\n".encode())


def documents(text: str) -> list[Any]:
    """Return the JSON documents that stand one after another."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """What the README's first block makes, up to the server."""
    made = Installation(tmp_path_factory.mktemp("readme"), {})
    for command in commands(MAKING)[:-1]:
        code, shown = at_a_terminal(made, command, PASSWORD)
        assert code == 0, shown
        assert PASSWORD not in shown
    return made


@pytest.fixture(scope="module")
def server(made: Installation) -> Iterator[Server]:
    """The server that the README's first block ends with, on a free port."""
    assert commands(MAKING)[-1] == "protekt serve"
    with made.serve() as server:
        yield server


def test_setup_is_two_commands_of_one_line() -> None:
    """Whoever arrives needs one line to try it, and one to test it."""
    lines = [line for block in SETUP for line in block.splitlines()]

    assert len(lines) == 2
    assert all(line.startswith("python3 -m venv") for line in lines)
    assert README.count("python3 -m venv") == 2


def test_init_writes_what_the_readme_names(made: Installation) -> None:
    """Configuration, database and master key stand in the folder."""
    written = re.search(r"`init` writes (.*?)\n`users", README, re.DOTALL)

    assert written is not None
    names = re.findall(r"`([\w.]+)`", written[1])
    assert len(names) == 3
    assert set(names) <= {path.name for path in made.folder.iterdir()}


@needs_curl
def test_curl_lines_do_what_their_comments_say(made: Installation, server: Server) -> None:
    """Pasted as they stand they log in, refresh, race, get caught, and are refused."""
    lines = OVER_HTTP.replace("127.0.0.1:8787", f"127.0.0.1:{server.port}")

    ran = subprocess.run(
        ["bash", "-eu", "-c", lines],
        cwd=made.folder,
        env=made.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    login, valid, refreshed, again, used, reused, refused = documents(ran.stdout)
    assert {"id": login["user"]["id"], "email": "user@example.com", "name": "John Doe"} == (
        login["user"]
    )
    assert (valid["valid"], valid["user"]["email"]) == (True, "user@example.com")
    assert refreshed["refreshToken"] == again["refreshToken"] != login["refreshToken"]
    assert [one["refreshGeneration"] for one in (refreshed, again, used)] == [1, 1, 2]
    assert reused["code"] == "refresh_reused"
    assert (refused["reason"], refused["endReason"]) == ("session_revoked", "reuse_detected")


def test_shell_lines_do_what_they_say(made: Installation, server: Server) -> None:
    """They log in, show who it is, list the sessions and end them, beside the server."""
    shown = {}
    for command in commands(IN_SHELL):
        code, shown[command] = at_a_terminal(made, command, PASSWORD)
        assert code == 0, shown[command]

    login, who, listed, revoked = shown.values()
    assert PASSWORD not in login
    assert "user@example.com" in who
    assert session_id(who) in listed
    assert re.search(r"[1-9]\d* sessions? revoked", revoked)
    left = made.run("sessions", "list", "--json").json()
    assert left == []


def session_id(shown: str) -> str:
    """Return the id of the session that a command speaks of."""
    named = re.search(r"sess_\w{26}", shown)
    assert named is not None, shown
    return named[0]


@pytest.mark.parametrize("command", sorted({*commands("".join(BLOCKS)), *SAID}))
def test_command_in_the_readme_exists(made: Installation, command: str) -> None:
    """Whatever is shown as a command has a help page of its own."""
    words = itertools.takewhile(re.compile("[a-z]+").fullmatch, shlex.split(command))
    path = list(words)

    ran = made.run(*path[1:], "--help")

    assert ran.code == 0
    assert f"Usage: {' '.join(path)} " in ran.out


def test_openapi_address_in_the_readme_answers(server: Server) -> None:
    """The address that the README sends readers to is there."""
    named = re.findall(r"`http://127\.0\.0\.1:8787(/[^`]+)`", README)

    assert [200] * len(named) == [server.ask("GET", path).status for path in named]
    assert named


def test_relative_links_resolve() -> None:
    """Every link into the repository leads to a file."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)

    assert [link for link in links if not (ROOT / link).is_file()] == []
    assert "sample-config.toml" in links


def test_settings_named_in_the_readme_are_in_the_sample() -> None:
    """A key, its default and its variable are those of sample-config.toml."""
    sample = (ROOT / "sample-config.toml").read_text()
    keys = re.findall(r"`(?:server|tokens|sessions)\.(\w+)`", README)
    defaults = re.findall(r"^\| \w+ \| `\w+\.(\w+)` \| (\w+) \|", README, re.MULTILINE)

    assert [key for key in keys if f"\n{key} = " not in sample] == []
    assert len(defaults) == 3
    assert [(key, at) for key, at in defaults if f'\n{key} = "{at}"' not in sample] == []


def test_help_that_the_readme_sends_readers_to_names_every_command(made: Installation) -> None:
    """`protekt --help` lists what the README uses."""
    used = {shlex.split(command)[1] for command in commands("".join(BLOCKS))}

    shown = made.run("--help").out

    assert [name for name in sorted(used) if not re.search(rf"^  {name}\s", shown, re.M)] == []
