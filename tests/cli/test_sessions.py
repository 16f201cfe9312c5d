"""`protekt sessions list` and `show`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.engine import authentication
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller
from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, Run, Terminal

ADDRESSES = {"a@example.com": "192.0.2.7", "b@example.com": "198.51.100.9", "c@example.com": None}


@pytest.fixture
def three(protekt: Run, add_user: AddUser, folder: Path) -> dict[str, str]:
    """The sessions of three users who came from three places, by their e-mail."""
    for email in ADDRESSES:
        add_user(email)
    settings = load(folder=folder, environ={}).settings
    engine = Engine.open(settings, {}, Clock())
    try:
        return {
            email: authentication.login(engine, email, PASSWORD, Caller(ip, "app/1")).session.id
            for email, ip in ADDRESSES.items()
        }
    finally:
        engine.close()


def listed(protekt: Run, *arguments: str) -> list[str]:
    """Return whose sessions are listed, in order."""
    answer = protekt("sessions", "list", "--json", *arguments).json
    return [session["userEmail"][0] for session in answer]


def test_list_shows_active_sessions_newest_first(protekt: Run, three: dict[str, str]) -> None:
    """An ended one is not among them."""
    protekt("sessions", "revoke", three["b@example.com"])

    assert listed(protekt) == ["c", "a"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--status", "all"], ["c", "b", "a"]),
        (["--status", "active"], ["c", "a"]),
        (["--status", "revoked"], ["b"]),
        (["--status", "expired"], []),
        (["--user", "A@example.com"], ["a"]),
        (["--user", "b@example.com"], []),
        (["--user", "b@example.com", "--status", "all"], ["b"]),
        (["--ip", "192.0.2.7"], ["a"]),
        (["--ip", "::ffff:192.0.2.7"], ["a"]),
        (["--ip", "192.0.2.0/24"], ["a"]),
        (["--ip", "192.0.2.1/24"], ["a"]),
        (["--ip", "192.0.2.8"], []),
        (["--ip", "2001:db8::/32"], []),
        (["--ip", "0.0.0.0/0", "--status", "all"], ["b", "a"]),
        (["--since", "1h"], ["c", "a"]),
        (["--since", "2999-01-01"], []),
        (["--sort", "created"], ["a", "c"]),
        (["--sort", "-created"], ["c", "a"]),
        (["--sort", "user"], ["a", "c"]),
        (["--sort", "-user"], ["c", "a"]),
        (["--sort", "expires"], ["a", "c"]),
        (["--sort", "-active"], ["c", "a"]),
        (["--limit", "1"], ["c"]),
        (["--limit", "0"], ["c", "a"]),
    ],
)
def test_filters_of_a_list_combine(
    protekt: Run, three: dict[str, str], arguments: list[str], expected: list[str]
) -> None:
    """All that is given must hold, in the order that was asked for."""
    protekt("sessions", "revoke", three["b@example.com"])

    assert expected == listed(protekt, *arguments)


def test_list_by_device(protekt: Run, three: dict[str, str]) -> None:
    """The id may be cut."""
    shown = protekt("sessions", "show", three["a@example.com"], "--json").json

    assert listed(protekt, "--device", shown["device"]["id"][: len("dev_") + 24]) == ["a"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--user", "nobody@example.com"], 3),
        (["--device", "dev_0000000000000000"], 3),
        (["--device", "dev_0"], 2),
        (["--ip", "nowhere"], 2),
        (["--ip", "192.0.2.0/33"], 2),
        (["--since", "whenever"], 2),
        (["--sort", "colour"], 2),
        (["--status", "dead"], 2),
        (["--limit", "-1"], 2),
        (["--json", "--csv"], 2),
    ],
)
def test_impossible_filter_is_refused(
    protekt: Run, alice: str, arguments: list[str], code: int
) -> None:
    """Nothing is listed that was not asked for."""
    done = protekt("sessions", "list", *arguments)

    assert (code, "") == (done.code, done.out)


def test_list_marks_the_session_of_this_machine(protekt: Run, logged_in: str, alice: str) -> None:
    """`current` is the stored login's, and no other."""
    protekt("token", "issue", alice)

    answer = protekt("sessions", "list", "--json").json

    assert {session["id"] for session in answer if session["current"]} == {logged_in}
    assert len(answer) == 2


def test_csv_has_every_member_of_a_session(protekt: Run, logged_in: str) -> None:
    """No member of the JSON is missing in the CSV, those of the device included."""
    record = protekt("sessions", "list", "--json").json[0]
    members = [
        f"{name}.{part}" if part else name
        for name, value in record.items()
        for part in (value if isinstance(value, dict) else [""])
    ]

    assert protekt("sessions", "list", "--csv").out.splitlines()[0] == ",".join(members)


def test_formats_of_a_list_agree(protekt: Run, three: dict[str, str]) -> None:
    """Table, JSON, JSON lines, CSV and ids name the same sessions."""
    ids = list(three.values())[::-1]
    lines = {
        flag: protekt("sessions", "list", *flag.split()).out.splitlines()
        for flag in ("", "--jsonl", "--csv", "--ids")
    }

    assert [line.split("\t")[0] for line in lines[""][1:]] == ids
    assert [json.loads(line)["id"] for line in lines["--jsonl"]] == ids
    assert [line.split(",")[0] for line in lines["--csv"][1:]] == ids
    assert lines["--ids"] == ids


def test_show_names_the_deadlines_and_no_secret(
    protekt: Run, logged_in: str, credentials: Path
) -> None:
    """A cut id is enough."""
    done = protekt("sessions", "show", logged_in[: len("sess_") + 24])

    (entry,) = json.loads(credentials.read_text()).values()
    assert done.fields["id"] == logged_in
    assert {"idleExpiresAt", "absoluteExpiresAt", "expiresAt"} <= set(done.fields)
    assert entry["refreshToken"] not in done.out


def test_user_agent_of_a_client_acts_on_nothing(protekt: Run, alice: str, folder: Path) -> None:
    """What a client called itself is shown with its escapes made visible."""
    engine = Engine.open(load(folder=folder, environ={}).settings, {}, Clock())
    authentication.login(engine, alice, PASSWORD, Caller(None, "\x1b]0;owned\x07\u202e[red]"))
    engine.close()
    (session_id,) = protekt("sessions", "list", "--ids").out.split()

    outputs = [
        protekt(*command).out
        for command in (
            ["sessions", "show", session_id],
            ["sessions", "show", session_id, "--json"],
            ["sessions", "list", "--csv"],
        )
    ]

    assert all("owned" in out for out in outputs)
    assert all(out.replace("\n", "").replace("\t", "").isprintable() for out in outputs)


@pytest.mark.parametrize("noun", ["sessions", "users", "devices"])
def test_list_is_readable_on_a_terminal_of_80_columns(
    protekt: Run, three: dict[str, str], noun: str
) -> None:
    """One line for each, no wider than that, and its id whole; a pipe gets every column."""
    protekt("token", "issue", "a@example.com", "--device", "the very long name of a machine " * 3)
    piped = protekt(noun, "list").lines

    terminal = Terminal(noun, "list", environ={"COLUMNS": "80", "NO_COLOR": "1"})

    assert terminal.end() == 0
    lines = terminal.shown.splitlines()
    assert [line[0] for line in piped] == [line.split()[0] for line in lines]
    assert max(map(len, lines)) <= 80
    assert 2 <= len(re.split("  +", lines[0].rstrip())) < len(piped[0])
