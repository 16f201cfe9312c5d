"""`protekt password`: one's own, at a terminal, in the database itself and on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PASSWORD, Run, Terminal, session_of
from tests.cli.service import Service

NEW = "through the looking glass"


def typed(*options: str, current: str = PASSWORD, new: str = NEW, again: str = NEW) -> Terminal:
    """Type all that `protekt password` asks for."""
    terminal = Terminal(*options, "password")
    terminal.until("current password: ").type(f"{current}\n")
    terminal.until("new password: ").type(f"{new}\n")
    return terminal.until("again: ").type(f"{again}\n")


def test_password_changes_and_this_machine_stays_logged_in(
    protekt: Run, logged_in: str, alice: str
) -> None:
    """Nothing that was typed is shown; the session is a new one, on the same device."""
    device = session_of(protekt, logged_in)["device"]
    terminal = typed()

    assert terminal.end() == 0
    session = protekt("whoami", "--json").json["session"]
    assert (PASSWORD in terminal.shown, NEW in terminal.shown) == (False, False)
    assert session["id"] in terminal.shown
    assert session["id"] != logged_in
    assert session["device"] == device
    assert protekt("login", alice, "--password-stdin", stdin=NEW).code == 0


def test_password_ends_every_other_session(protekt: Run, logged_in: str, alice: str) -> None:
    """A thief may share any of them."""
    other = protekt("token", "issue", alice, "--json").json["sessionId"]

    assert typed().end() == 0
    ended = [session_of(protekt, each)["endReason"] for each in (logged_in, other)]
    assert ended == ["password_changed", "password_changed"]
    assert len(protekt("sessions", "list", "--json").json) == 1


def test_wrong_current_password_changes_nothing(protekt: Run, logged_in: str, alice: str) -> None:
    """Exit 4, and it is said which of the two is wrong."""
    terminal = typed(current="wrong")

    assert terminal.end() == 4
    assert "protekt: the current password is wrong" in terminal.shown
    assert protekt("whoami", "--json").json["session"]["id"] == logged_in
    assert protekt("login", alice, "--password-stdin", stdin=PASSWORD).code == 0


def test_weak_new_password_changes_nothing(protekt: Run, logged_in: str) -> None:
    """Exit 2, and it is said what is wrong with it."""
    terminal = typed(new="short", again="short")

    assert terminal.end() == 2
    assert "password" in terminal.shown.rpartition("protekt: ")[2]
    assert protekt("whoami", "--json").json["session"]["id"] == logged_in


def test_two_different_new_passwords_change_nothing(protekt: Run, logged_in: str) -> None:
    """A slip is found out: exit 2."""
    terminal = typed(again="another one")

    assert terminal.end() == 2
    assert "the two passwords differ" in terminal.shown
    assert protekt("whoami", "--json").json["session"]["id"] == logged_in


def test_password_without_a_terminal_is_a_usage_error(protekt: Run, logged_in: str) -> None:
    """Nothing is read from a pipe."""
    done = protekt("password", stdin=f"{PASSWORD}\n{NEW}\n{NEW}\n")

    assert (done.code, done.out) == (2, "")
    assert "no terminal to ask for the current password" in done.err


def test_password_of_nobody_is_refused_before_anything_is_typed(protekt: Run, alice: str) -> None:
    """Exit 4."""
    terminal = Terminal("password")

    assert terminal.end() == 4
    assert "not logged in" in terminal.shown
    assert "password:" not in terminal.shown


def test_ctrl_d_at_a_hidden_prompt_is_exit_130(protekt: Run, logged_in: str) -> None:
    """Whoever says nothing has not answered."""
    terminal = Terminal("password")
    terminal.until("current password: ").type("\x04")

    assert terminal.end() == 130


def test_password_changes_on_a_server(
    remote: Run, logged_in_there: str, member: str, service: Service, credentials: Path
) -> None:
    """The new session is kept, also where the access token expired while somebody typed."""
    device = service.session(logged_in_there)["device"]
    terminal = Terminal("--server", service.url, "password")
    terminal.until("current password: ")
    service.advance("61m")
    terminal.type(f"{PASSWORD}\n").until("new password: ").type(f"{NEW}\n")
    terminal.until("again: ").type(f"{NEW}\n")

    assert terminal.end() == 0
    session = remote("whoami", "--json").json["session"]
    entry = json.loads(credentials.read_text())[service.url]
    assert (PASSWORD in terminal.shown, NEW in terminal.shown) == (False, False)
    assert (session["id"], session["device"]) == (entry["sessionId"], device)
    assert session["id"] != logged_in_there
    assert service.session(logged_in_there)["endReason"] == "password_changed"
    assert remote("login", member, "--password-stdin", stdin=NEW).code == 0


@pytest.mark.parametrize(
    ("typing", "code", "said"),
    [
        ({"current": "wrong"}, 4, "the current password is wrong"),
        ({"new": "short", "again": "short"}, 2, "8"),
    ],
)
def test_server_refuses_a_password_as_the_database_does(
    remote: Run,
    logged_in_there: str,
    service: Service,
    typing: dict[str, Any],
    code: int,
    said: str,
) -> None:
    """By exit code and in words."""
    terminal = typed("--server", service.url, **typing)

    assert terminal.end() == code
    assert said in terminal.shown.rpartition("protekt: ")[2]
    assert remote("whoami", "--json").json["session"]["id"] == logged_in_there
