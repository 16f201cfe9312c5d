"""The exit codes that scripts rely on, command by command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, Run

UNKNOWN = "sess_00000000000000000000000000"


def nothing() -> None:
    """Leave everything as it is."""


def without_key() -> None:
    """Take the master key away."""
    Path("protekt.key").unlink()


def with_another_key() -> None:
    """Put the master key of another installation in its place."""
    Path("protekt.key").write_text("ab" * 32)


def without_database() -> None:
    """Take the database away."""
    Path("protekt.db").unlink()


def with_garbage() -> None:
    """Put something else where the database was."""
    Path("protekt.db").write_bytes(b"no database" * 1000)


def with_bad_config() -> None:
    """Set what is no key."""
    Path("protekt.toml").write_text("[tokens]\naccess = 1\n")


DONE = [
    "users create new@example.com --no-password",
    "users list",
    "users show alice@example.com",
    "login alice@example.com --password-stdin",
    "logout",
    "logout --all",
    "logout --dry-run",
    "whoami",
    "sessions list",
    "sessions show {session}",
    "sessions revoke {session}",
    "sessions revoke --current",
    "sessions revoke --others",
    "sessions revoke --all --yes",
    "token issue alice@example.com",
    "token decode",
    "token verify",
    "init --force --yes",
    "init --dry-run --force",
]
FAILING = [
    (2, nothing, "users create"),
    (2, nothing, "users create alice"),
    (2, nothing, "users create new@example.com"),
    (2, nothing, "users create new@example.com --password-stdin --no-password"),
    (2, nothing, "login alice@example.com"),
    (2, nothing, "sessions show sess_0"),
    (2, nothing, "sessions revoke"),
    (2, nothing, "init --force"),
    (2, nothing, "token issue alice@example.com --ttl 0s"),
    (2, with_bad_config, "users list"),
    (2, with_bad_config, "whoami"),
    (3, nothing, "users show nobody@example.com"),
    (3, nothing, f"sessions show {UNKNOWN}"),
    (3, nothing, "token issue nobody@example.com"),
    (4, nothing, "login nobody@example.com --password-stdin"),
    (4, nothing, "token decode garbage"),
    (5, nothing, "users create ALICE@example.com --no-password"),
    (5, nothing, "init"),
    (6, without_key, "users create new@example.com --no-password"),
    (6, without_key, "login alice@example.com --password-stdin"),
    (6, without_key, "token issue alice@example.com"),
    (6, without_key, "token verify"),
    (6, without_key, "whoami"),
    (6, without_key, "logout"),
    (6, with_another_key, "token verify"),
    (6, with_another_key, "users create new@example.com --no-password"),
    (6, without_database, "users list"),
    (6, without_database, "sessions list"),
    (6, without_database, "whoami"),
    (6, with_garbage, "sessions list"),
    (6, with_garbage, "login alice@example.com --password-stdin"),
]


@pytest.mark.parametrize("command", DONE)
def test_command_that_works_is_exit_0(protekt: Run, logged_in: str, command: str) -> None:
    """Done, and not a word on stderr but `init`'s."""
    words = shlex.split(command.format(session=logged_in))

    done = protekt("--quiet", *words, stdin=PASSWORD)

    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("code", "prepare", "command"),
    FAILING,
    ids=lambda part: part.__name__ if callable(part) else str(part),
)
def test_command_that_fails_has_the_exit_code_of_its_failure(
    protekt: Run, logged_in: str, code: int, prepare: Callable[[], None], command: str
) -> None:
    """One line and perhaps a hint on stderr; stdout stays empty."""
    prepare()

    done = protekt(*shlex.split(command), stdin=PASSWORD)

    lines = done.err.splitlines()
    assert (code, "") == (done.code, done.out)
    assert lines[0].startswith("protekt: ")
    assert [line.partition(":")[0] for line in lines[1:]] in ([], ["hint"])
