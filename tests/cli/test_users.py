"""`protekt users`: create, list, show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protekt_cli.cli.users import FIELDS
from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, Run


def test_created_user_can_log_in(protekt: Run, installed: Path) -> None:
    """The password on stdin is the one that counts, and the answer is the user."""
    made = protekt(
        "users",
        "create",
        "alice@example.com",
        "--name",
        "Alice",
        "--metadata",
        '{"team": "blue"}',
        "--password-stdin",
        "--json",
        stdin=PASSWORD,
    )

    assert (made.json["email"], made.json["name"]) == ("alice@example.com", "Alice")
    assert made.json["metadata"] == {"team": "blue"}
    assert protekt("login", "alice@example.com", "--password-stdin", stdin=PASSWORD).code == 0


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_end_of_a_password_is_taken_off(protekt: Run, installed: Path, end: str) -> None:
    """`echo` adds one; it is no part of the password."""
    protekt("users", "create", "a@example.com", "--password-stdin", stdin=PASSWORD + end)

    assert protekt("login", "a@example.com", "--password-stdin", stdin=PASSWORD).code == 0


@pytest.mark.parametrize("more", [" ", "\n\n", "\r", "\n\r\n"])
def test_nothing_else_of_a_password_is_taken_off(protekt: Run, alice: str, more: str) -> None:
    """Spaces, and a second line end, are part of it."""
    assert protekt("login", alice, "--password-stdin", stdin=PASSWORD + more).code == 4


def test_user_without_a_password_cannot_log_in(protekt: Run, installed: Path) -> None:
    """--no-password asks for none."""
    protekt("users", "create", "ci@example.com", "--no-password")

    assert protekt("login", "ci@example.com", "--password-stdin", stdin="").code == 4


def test_password_without_a_terminal_names_the_flag(protekt: Run, installed: Path) -> None:
    """A prompt with nobody there is wrong usage."""
    done = protekt("users", "create", "alice@example.com")

    assert done.code == 2
    assert "--password-stdin" in done.err


@pytest.mark.parametrize("metadata", ["[]", "{", "1", '{"a": 1, "a": 2}', '{"a": NaN}'])
def test_metadata_that_is_no_object_is_wrong_usage(
    protekt: Run, installed: Path, metadata: str
) -> None:
    """Nothing is created."""
    done = protekt("users", "create", "a@example.com", "--no-password", "--metadata", metadata)

    assert done.code == 2
    assert protekt("users", "list", "--json").json == []


def test_list_has_every_member_of_a_user_as_csv(protekt: Run, alice: str) -> None:
    """No member of the JSON is missing in the CSV."""
    assert tuple(protekt("users", "list", "--json").json[0]) == FIELDS
    assert protekt("users", "list", "--csv").out.splitlines()[0] == ",".join(FIELDS)


def test_list_is_newest_first_and_cut(protekt: Run, add_user: AddUser) -> None:
    """More than the limit is not shown, and said so on stderr."""
    ids = [add_user(f"user{number}@example.com") for number in range(3)]

    cut, whole = (protekt("users", "list", "--ids", "--limit", limit) for limit in "20")

    assert cut.out.split() == ids[:0:-1]
    assert "--limit 0" in cut.err
    assert (whole.out.split(), whole.err) == (ids[::-1], "")


def test_limit_that_is_met_exactly_says_nothing(protekt: Run, alice: str) -> None:
    """There is a note only where something was left out."""
    assert protekt("users", "list", "--limit", "1").err == ""


def test_search_ignores_case_in_every_script(protekt: Run, installed: Path) -> None:
    """In the e-mail and in the name."""
    protekt("users", "create", "zoe@example.com", "--name", "ZOË Straße", "--no-password")
    protekt("users", "create", "Alice@Example.com", "--no-password")

    found = {
        text: [user["email"] for user in protekt("users", "list", "--search", text, "--json").json]
        for text in ("zoë", "STRASSE", "ALICE", "example", "nobody")
    }

    assert found == {
        "zoë": ["zoe@example.com"],
        "STRASSE": ["zoe@example.com"],
        "ALICE": ["Alice@Example.com"],
        "example": ["Alice@Example.com", "zoe@example.com"],
        "nobody": [],
    }


def test_search_looks_beyond_the_limit(protekt: Run, add_user: AddUser) -> None:
    """What is cut is what was found, not what was looked at."""
    oldest, *_ = (add_user(f"{name}@example.com") for name in ("alice", "bob", "carol"))

    done = protekt("users", "list", "--search", "alice", "--limit", "1", "--ids")

    assert done.out.split() == [oldest]


def test_list_by_status(protekt: Run, alice: str) -> None:
    """Of those in another status, none."""
    statuses = ("active", "disabled")

    counts = [
        len(protekt("users", "list", "--status", status, "--json").json) for status in statuses
    ]

    assert counts == [1, 0]


def test_user_is_shown_by_email_id_and_start_of_id(protekt: Run, add_user: AddUser) -> None:
    """All three name the same one."""
    user_id = add_user("alice@example.com")

    shown = [
        protekt("users", "show", named, "--json").json["id"]
        for named in ("ALICE@example.com", user_id, user_id[: len("user_") + 20])
    ]

    assert shown == [user_id] * 3


def test_name_of_a_client_acts_on_nothing(protekt: Run, installed: Path) -> None:
    """Escapes in a name are shown as such, and escaped in JSON."""
    protekt("users", "create", "a@example.com", "--no-password", "--name", "\x1b[2J\u202e=x")

    table, as_json = protekt("users", "list"), protekt("users", "list", "--json")

    shown = dict(zip(*table.lines, strict=True))
    assert shown["name"] == r"\x1b[2J\u202e=x"
    assert "\u202e" not in as_json.out
    assert json.loads(as_json.out)[0]["name"] == "\x1b[2J\u202e=x"
