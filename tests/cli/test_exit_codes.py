"""The exit codes that scripts rely on, command by command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, Run

UNKNOWN = "sess_00000000000000000000000000"
NO_DEVICE = "dev_00000000000000000000000000"


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


def logged_out() -> None:
    """Forget the stored login."""
    for kept in Path.home().rglob("credentials.json"):
        kept.unlink()


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
    "users update alice@example.com --name Alice",
    "users set-password alice@example.com --password-stdin",
    "users disable alice@example.com",
    "users enable alice@example.com",
    "users delete alice@example.com --yes",
    "users delete alice@example.com --dry-run",
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
    "sessions revoke --ip 192.0.2.0/24 --idle-for 30d",
    "sessions revoke --all --yes",
    "token issue alice@example.com",
    "token decode",
    "token verify",
    "token refresh",
    "token show",
    "token revoke",
    "devices list",
    "devices show {device}",
    "devices rename {device} attic",
    "devices trust {device}",
    "devices untrust {device}",
    "devices revoke {device}",
    "devices revoke {device} --dry-run",
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
    (2, nothing, "sessions revoke --ip nowhere"),
    (2, nothing, "sessions revoke --idle-for soon"),
    (2, nothing, "users update alice@example.com"),
    (2, nothing, "users update alice@example.com --metadata []"),
    (2, nothing, "users set-password alice@example.com"),
    (2, nothing, "users delete alice@example.com"),
    (2, nothing, "devices show dev_0"),
    (2, nothing, "devices rename {device} ''"),
    (2, nothing, "token refresh ref_secret"),
    (2, nothing, "token revoke ref_secret"),
    (2, nothing, "init --force"),
    (2, nothing, "token issue alice@example.com --ttl 0s"),
    (2, with_bad_config, "users list"),
    (2, with_bad_config, "whoami"),
    (3, nothing, "users show nobody@example.com"),
    (3, nothing, "users update nobody@example.com --name N"),
    (3, nothing, "users set-password nobody@example.com --password-stdin"),
    (3, nothing, "users disable nobody@example.com"),
    (3, nothing, "users enable nobody@example.com"),
    (3, nothing, "users delete nobody@example.com --yes"),
    (3, nothing, f"devices show {NO_DEVICE}"),
    (3, nothing, f"devices rename {NO_DEVICE} attic"),
    (3, nothing, f"devices trust {NO_DEVICE}"),
    (3, nothing, f"devices untrust {NO_DEVICE}"),
    (3, nothing, "devices list --user nobody@example.com"),
    (3, nothing, f"sessions show {UNKNOWN}"),
    (3, nothing, "token issue nobody@example.com"),
    (4, nothing, "login nobody@example.com --password-stdin"),
    (4, nothing, "token decode garbage"),
    (4, nothing, "token refresh -"),
    (4, nothing, "token revoke garbage"),
    (4, logged_out, "token refresh"),
    (4, logged_out, "token revoke"),
    (4, logged_out, "token show"),
    (5, nothing, "users create ALICE@example.com --no-password"),
    (5, nothing, "init"),
    (6, without_key, "users create new@example.com --no-password"),
    (6, without_key, "login alice@example.com --password-stdin"),
    (6, without_key, "token issue alice@example.com"),
    (6, without_key, "sessions revoke --all --yes"),
    (6, without_key, "sessions prune --older-than 0s --yes"),
    (6, without_key, "token verify"),
    (6, without_key, "token refresh"),
    (6, without_key, "token revoke"),
    (6, without_key, "users update alice@example.com --name Alice"),
    (6, without_key, "users set-password alice@example.com --password-stdin"),
    (6, without_key, "users disable alice@example.com"),
    (6, without_key, "users enable alice@example.com"),
    (6, without_key, "users delete alice@example.com --yes"),
    (6, without_key, "devices rename {device} attic"),
    (6, without_key, "devices trust {device}"),
    (6, without_key, "devices untrust {device}"),
    (6, without_key, "devices revoke {device}"),
    (6, without_key, "whoami"),
    (6, without_key, "logout"),
    (6, with_another_key, "token verify"),
    (6, with_another_key, "users create new@example.com --no-password"),
    (6, without_database, "users list"),
    (6, without_database, "sessions list"),
    (6, without_database, "whoami"),
    (6, without_database, "devices list"),
    (6, without_database, "token show"),
    (6, with_garbage, "sessions list"),
    (6, with_garbage, "login alice@example.com --password-stdin"),
]


def words_of(protekt: Run, session: str, command: str) -> list[str]:
    """Return a command line with the ids of the stored login filled in."""
    ids = {"session": session}
    if "{device}" in command:
        ids["device"] = protekt("sessions", "show", session, "--json").json["device"]["id"]
    return shlex.split(command.format(**ids))


@pytest.mark.parametrize("command", DONE)
def test_command_that_works_is_exit_0(protekt: Run, logged_in: str, command: str) -> None:
    """Done, and not a word on stderr but `init`'s."""
    words = words_of(protekt, logged_in, command)

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
    words = words_of(protekt, logged_in, command)
    prepare()

    done = protekt(*words, stdin=PASSWORD)

    lines = done.err.splitlines()
    assert (code, "") == (done.code, done.out)
    assert lines[0].startswith("protekt: ")
    assert [line.partition(":")[0] for line in lines[1:]] in ([], ["hint"])
