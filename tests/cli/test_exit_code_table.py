"""The exit codes that scripts rely on: each that a command can have is come by, and looked at."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.cli.app import COMMANDS, NOUNS
from tests.cli.exit_code_ways import all_ways
from tests.cli.exit_codes import FINDINGS, GOOD, QUIET, TEXT, Way
from tests.cli.running import PASSWORD, Done, Run, Terminal

#: The codes of errors by their exit codes.
CODES = {
    1: {"failed"},
    2: {"usage", "invalid_config", "invalid_request", "ambiguous_id"},
    3: {"not_found"},
    4: {"invalid_credentials", "invalid_token", "invalid_api_key", "refresh_reused", "forbidden"},
    5: {"conflict"},
    6: {"store_unavailable", "overloaded"},
}
WAYS = all_ways()
GOOD_WAYS = [way for way in WAYS if way.code == 0]
BAD_WAYS = [way for way in WAYS if way.code]
GOOD_USER = '{"email": "carol@example.com"}\n'


def device_of(protekt: Run, session: str) -> str:
    device: dict[str, str] = protekt("sessions", "show", session, "--json").json["device"]
    return device["id"]


def of_keys(protekt: Run, status: str) -> str:
    keys = protekt("keys", "list", "--json").json
    return next(str(key["kid"]) for key in keys if key["status"] == status)


def file(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def backup(protekt: Run) -> str:
    assert protekt("db", "backup", "backup.db").code == 0
    return "backup.db"


def api_key(protekt: Run) -> str:
    made: dict[str, str] = protekt("apikeys", "create", "tests", "--json").json
    return made["id"]


def words_of(protekt: Run, session: str, line: str) -> list[str]:
    """Return a command line with what it names filled in, and made where that is needed."""
    fill: dict[str, Callable[[], str]] = {
        "session": lambda: session,
        "device": lambda: device_of(protekt, session),
        "token": lambda: protekt("token", "show").out.strip(),
        "next": lambda: of_keys(protekt, "next"),
        "active": lambda: of_keys(protekt, "active"),
        "apikey": lambda: api_key(protekt),
        "backup": lambda: backup(protekt),
        "good": lambda: file("good.jsonl", GOOD_USER),
        "bad": lambda: file("bad.jsonl", GOOD_USER + "{}\n"),
    }
    needed = {name: make() for name, make in fill.items() if f"{{{name}}}" in line}
    return shlex.split(line.format(**needed))


#: Commands that nothing ends but Ctrl-C: tried where that is tried.
ENDLESS = {"sessions watch"}


def test_table_names_every_command() -> None:
    """A command that is added is added there."""
    there = {*COMMANDS, *(f"{noun} {verb}" for noun, (_, verbs) in NOUNS.items() for verb in verbs)}

    assert there == {*GOOD, *ENDLESS}


@pytest.mark.parametrize("way", GOOD_WAYS, ids=lambda way: way.name)
def test_command_that_works_is_exit_0(protekt: Run, logged_in: str, way: Way) -> None:
    """Done, and with --quiet there is not a word on stderr but `init`'s."""
    words = words_of(protekt, logged_in, way.line)

    done = protekt("--quiet", *words, stdin=PASSWORD)

    assert (done.code, done.err) == (0, "")


def test_server_that_is_stopped_is_exit_0(installed: Path) -> None:
    """Ctrl-C is how it is meant to end."""
    terminal = Terminal("serve", "--port", "0")
    terminal.until("Stop it with Ctrl-C").type("\x03")

    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("command", "shown"),
    [("sessions watch", "active sessions: 1"), ("events tail --follow", "session:create")],
)
def test_what_goes_on_until_ctrl_c_is_exit_130(logged_in: str, command: str, shown: str) -> None:
    """It is never complete, so it can only be interrupted."""
    terminal = Terminal(*command.split())
    terminal.until(shown).type("\x03")

    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("way", BAD_WAYS, ids=lambda way: way.name)
def test_command_that_fails_has_the_exit_code_of_its_failure(
    protekt: Run, logged_in: str, way: Way
) -> None:
    """A line and perhaps a hint on stderr, or JSON; on stdout nothing but a finding."""
    words = words_of(protekt, logged_in, way.line)
    way.prepare(protekt)

    plain = protekt(*words, stdin=PASSWORD, environ=way.environ)
    as_json = protekt(*words, "--json", stdin=PASSWORD, environ=way.environ)

    assert plain.code == way.code, plain
    assert not plain.out or way.command in FINDINGS
    if not (way.command in QUIET and plain.out):
        lines = plain.err.splitlines()
        assert lines[0].startswith("protekt: ")
        assert [line.partition(":")[0] for line in lines[1:]] in ([], ["hint"])
    assert "this is a bug" not in plain.err
    if way.command not in TEXT:
        assert as_json.code == way.code, as_json
        assert_json(as_json, way)


def assert_json(done: Done, way: Way) -> None:
    """See to it that a failure is one object on stderr, with a code for its exit code."""
    if done.out:
        assert way.command in FINDINGS
        assert isinstance(done.json, dict)
    if not (way.command in QUIET and done.out):
        error = json.loads(done.err)["error"]
        assert list(error) == ["code", "message", "hint"]
        assert error["code"] in CODES[way.code]
