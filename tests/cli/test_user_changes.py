"""`protekt users update`, `set-password`, `disable`, `enable` and `delete`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, Run, Terminal, session_of

NEW = "a looking-glass of my own"


def log_in(protekt: Run, email: str, password: str) -> int:
    """Try to log in and return the exit code."""
    return protekt("login", email, "--password-stdin", stdin=password).code


def emails(protekt: Run) -> list[str]:
    """Return who there is."""
    return [user["email"] for user in protekt("users", "list", "--json").json]


def test_update_changes_what_is_given(protekt: Run, alice: str) -> None:
    """And nothing else; the answer is the user."""
    before = protekt("users", "show", alice, "--json").json

    named = protekt("users", "update", alice, "--name", "Alice", "--json").json
    done = protekt(
        *("users", "update", alice, "--email", "Liddell@example.com"),
        *("--metadata", '{"team": "red"}', "--json"),
    )

    assert {**before, "name": "Alice", "updatedAt": named["updatedAt"]} == named
    assert {
        **named,
        "email": "Liddell@example.com",
        "metadata": {"team": "red"},
        "updatedAt": done.json["updatedAt"],
    } == done.json
    assert protekt("users", "show", "LIDDELL@example.com", "--json").json == done.json
    assert protekt("users", "show", alice).code == 3


def test_empty_name_is_none(protekt: Run, alice: str) -> None:
    """It is how a name is taken back, and is not given in the first place."""
    protekt("users", "update", alice, "--name", "Alice")

    updated = protekt("users", "update", alice, "--name", "", "--json").json
    created = protekt(
        "users", "create", "bob@example.com", "--name", "", "--no-password", "--json"
    ).json

    assert (None, None) == (updated["name"], created["name"])


def test_update_ends_no_session(protekt: Run, logged_in: str, alice: str) -> None:
    """Whoever is renamed stays logged in, under the new e-mail."""
    protekt("users", "update", alice, "--email", "liddell@example.com")

    session = session_of(protekt, logged_in)
    assert (session["status"], session["userEmail"]) == ("active", "liddell@example.com")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 2),
        (["--email", "alice"], 2),
        (["--metadata", "[]"], 2),
        (["--email", "BOB@example.com"], 5),
    ],
)
def test_impossible_update_changes_nothing(
    protekt: Run, alice: str, add_user: AddUser, options: list[str], code: int
) -> None:
    """Nothing to change, no e-mail, no object, or the e-mail of another user."""
    add_user("bob@example.com")
    before = protekt("users", "show", alice, "--json").json

    done = protekt("users", "update", alice, *options)

    assert (done.code, done.out) == (code, "")
    assert protekt("users", "show", alice, "--json").json == before


def test_new_password_is_the_only_one(protekt: Run, logged_in: str, alice: str) -> None:
    """The old one opens nothing, and the sessions have ended."""
    done = protekt("users", "set-password", alice, "--password-stdin", "--json", stdin=f"{NEW}\n")

    assert (done.code, done.json["email"]) == (0, alice)
    assert session_of(protekt, logged_in)["endReason"] == "password_changed"
    assert [log_in(protekt, alice, word) for word in (PASSWORD, NEW)] == [4, 0]


def test_weak_password_changes_nothing(protekt: Run, logged_in: str, alice: str) -> None:
    """Exit 2, and the old one still counts."""
    done = protekt("users", "set-password", alice, "--password-stdin", stdin="short")

    assert (done.code, done.out) == (2, "")
    assert session_of(protekt, logged_in)["status"] == "active"
    assert log_in(protekt, alice, PASSWORD) == 0


def test_new_password_is_asked_for_twice(protekt: Run, alice: str) -> None:
    """At a terminal, and never shown."""
    terminal = Terminal("users", "set-password", alice)

    terminal.until("password: ").type(f"{NEW}\n").until("again: ").type(f"{NEW}\n")

    assert terminal.end() == 0
    assert NEW not in terminal.shown
    assert log_in(protekt, alice, NEW) == 0


def test_password_of_nobody_is_not_asked_for(protekt: Run, alice: str) -> None:
    """Whether there is such a user is found out first."""
    assert protekt("users", "set-password", "nobody@example.com").code == 3


def test_disabled_user_is_out_until_enabled(protekt: Run, logged_in: str, alice: str) -> None:
    """The sessions end at once and stay ended."""
    disabled = protekt("users", "disable", alice, "--json").json
    refused = log_in(protekt, alice, PASSWORD)
    enabled = protekt("users", "enable", alice, "--json").json

    assert (disabled["status"], refused, enabled["status"]) == ("disabled", 4, "active")
    assert session_of(protekt, logged_in)["endReason"] == "user_disabled"
    assert log_in(protekt, alice, PASSWORD) == 0


@pytest.mark.parametrize("verb", ["disable", "enable"])
def test_status_that_is_there_already_is_no_error(protekt: Run, alice: str, verb: str) -> None:
    """The second time changes nothing, and is no event."""
    first = protekt("users", verb, alice, "--json").json
    count = len(protekt("events", "list", "--json").json)

    second = protekt("users", verb, alice, "--json")

    assert (second.code, second.json) == (0, first)
    assert len(protekt("events", "list", "--json").json) == count


def test_list_by_status_tells_them_apart(protekt: Run, alice: str, add_user: AddUser) -> None:
    """Each user is in the one it has."""
    add_user("bob@example.com")
    protekt("users", "disable", alice)

    listed = {
        status: [
            user["email"] for user in protekt("users", "list", "--status", status, "--json").json
        ]
        for status in ("active", "disabled")
    }

    assert listed == {"active": ["bob@example.com"], "disabled": [alice]}


def test_token_for_a_disabled_user_is_a_conflict(protekt: Run, alice: str) -> None:
    """Exit 5: enable the user first."""
    protekt("users", "disable", alice)

    done = protekt("token", "issue", alice)

    assert (done.code, done.out) == (5, "")
    assert "enable" in done.err


def test_deleted_user_is_gone_with_all_that_was_theirs(
    protekt: Run, logged_in: str, alice: str, add_user: AddUser
) -> None:
    """Sessions and devices too; other users stay, and so do the events."""
    add_user("bob@example.com")
    before = protekt("users", "show", alice, "--json").json

    done = protekt("users", "delete", alice, "--yes", "--json")

    assert (done.code, done.json) == (0, before)
    assert emails(protekt) == ["bob@example.com"]
    assert protekt("sessions", "list", "--status", "all", "--json").json == []
    assert protekt("devices", "list", "--json").json == []
    about = protekt("events", "list", "--user", before["id"], "--json").json
    assert about[-1]["type"] == "user:delete"


def test_deleting_needs_yes_or_a_terminal(protekt: Run, alice: str) -> None:
    """Where nobody can be asked the flag is named, and nobody is deleted."""
    done = protekt("users", "delete", alice)

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert emails(protekt) == [alice]


@pytest.mark.parametrize(("answer", "code", "left"), [("", 1, 1), ("yes", 0, 0)])
def test_deleting_asks_at_a_terminal(
    protekt: Run, alice: str, answer: str, code: int, left: int
) -> None:
    """Naming the user; an empty line is a no."""
    terminal = Terminal("users", "delete", alice)

    terminal.until("[y/N]").type(f"{answer}\n")

    assert terminal.end() == code
    assert f"this deletes {alice}" in terminal.shown
    assert len(emails(protekt)) == left


def test_dry_run_of_deleting_deletes_nobody(protekt: Run, alice: str) -> None:
    """The same answer, without --yes, and without the master key."""
    Path("protekt.key").unlink()

    done = protekt("users", "delete", alice, "--dry-run")

    assert (done.code, done.out) == (0, f"{alice} would be deleted\n")
    assert emails(protekt) == [alice]
