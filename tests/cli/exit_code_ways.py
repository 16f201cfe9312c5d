"""The ways to the exit codes: those that many commands share, and those of one alone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.cli import exit_codes as table
from tests.cli.exit_codes import GOOD, NO_DEVICE, NO_SESSION, NOWHERE, Prepare, Way

nothing = table.nothing
API_KEY = {"PROTEKT_API_KEY": "pk_of_nobody"}

#: More that works.
DONE = [
    "users update alice@example.com --email liddell@example.com",
    "users delete alice@example.com --dry-run",
    "users import {good} --dry-run",
    "users import {bad} --skip-bad",
    "users export",
    "logout --all",
    "logout --dry-run",
    "sessions revoke --current",
    "sessions revoke --others",
    "sessions revoke --ip 192.0.2.0/24 --idle-for 30d",
    "sessions revoke --all --yes",
    "sessions prune --dry-run",
    "devices revoke {device} --dry-run",
    "events prune --dry-run",
    "keys revoke {next} --dry-run",
    "explain {session}",
    "explain garbage",
    "init --dry-run --force",
    "help sessions revoke",
    "db restore {backup} --dry-run",
    "db rekey --dry-run",
]
#: What one command alone fails for, and how.
FAILED: list[tuple[int, Prepare, str]] = [
    (1, table.without_key, "doctor"),
    (1, table.with_bad_config, "doctor"),
    (1, nothing, "users import {bad}"),
    (1, table.with_strange_event, "events verify"),
    (1, table.with_strange_user, "db check"),
    (1, table.with_garbage, "db check"),
    (2, nothing, "init --force"),
    (2, nothing, "--config protekt.toml init"),
    (2, nothing, "serve --demo --workers 2"),
    (2, nothing, "serve --dev"),
    (2, nothing, "login alice@example.com"),
    (2, nothing, "login"),
    (2, table.with_two_sessions, "logout --all"),
    (2, nothing, "password"),
    (2, nothing, "explain sess_0"),
    (2, nothing, "explain ref_secret"),
    (2, nothing, "help nonsense"),
    (2, nothing, "integrate apache"),
    (2, nothing, "integrate nginx --app nowhere"),
    (2, nothing, "users create"),
    (2, nothing, "users create alice"),
    (2, nothing, "users create new@example.com"),
    (2, nothing, "users create new@example.com --password-stdin --no-password"),
    (2, nothing, "users list --status gone"),
    (2, nothing, "users show user_0"),
    (2, nothing, "users update alice@example.com"),
    (2, nothing, "users update alice@example.com --metadata []"),
    (2, nothing, "users set-password alice@example.com"),
    (2, nothing, "users disable user_0"),
    (2, nothing, "users enable user_0"),
    (2, nothing, "users delete alice@example.com"),
    (2, nothing, "users import users.txt"),
    (2, nothing, "users export users.txt"),
    (2, nothing, "sessions list --limit -1"),
    (2, nothing, "sessions show sess_0"),
    (2, nothing, "sessions revoke"),
    (2, nothing, "sessions revoke --ip nowhere"),
    (2, nothing, "sessions revoke --idle-for soon"),
    (2, table.with_two_sessions, "sessions revoke --all"),
    (2, nothing, "sessions prune"),
    (2, nothing, "sessions watch --ip nowhere"),
    (2, nothing, "devices list --jsonl --csv"),
    (2, nothing, "devices show dev_0"),
    (2, nothing, "devices rename {device} ''"),
    (2, nothing, "devices trust dev_0"),
    (2, nothing, "devices untrust dev_0"),
    (2, table.with_two_sessions, "devices revoke {device}"),
    (2, nothing, "events list --since soon"),
    (2, nothing, "events verify --head nothing"),
    (2, nothing, "events prune"),
    (2, nothing, "keys rotate --algorithm none"),
    (2, nothing, "keys revoke {next}"),
    (2, nothing, "apikeys create web --scope all"),
    (2, nothing, "apikeys create web --expires never"),
    (2, nothing, "apikeys revoke apikey_0"),
    (2, nothing, "token issue alice@example.com --ttl 0s"),
    (2, nothing, "token issue alice@example.com --claim sub=me"),
    (2, nothing, "token refresh ref_secret"),
    (2, nothing, "token revoke ref_secret"),
    (2, nothing, "config get nonsense"),
    (2, nothing, "config set tokens.access_ttl 0s"),
    (2, nothing, "config unset nonsense"),
    (2, table.with_bad_config, "config check"),
    (2, nothing, "db restore {backup}"),
    (2, nothing, "db rekey"),
    (3, nothing, f"explain {NO_SESSION}"),
    (3, nothing, "users show nobody@example.com"),
    (3, nothing, "users update nobody@example.com --name N"),
    (3, nothing, "users set-password nobody@example.com --password-stdin"),
    (3, nothing, "users disable nobody@example.com"),
    (3, nothing, "users enable nobody@example.com"),
    (3, nothing, "users delete nobody@example.com --yes"),
    (3, nothing, "users import nothing.jsonl"),
    (3, nothing, "sessions list --user nobody@example.com"),
    (3, nothing, f"sessions show {NO_SESSION}"),
    (3, nothing, f"sessions revoke {NO_SESSION}"),
    (3, nothing, "sessions watch --user nobody@example.com"),
    (3, nothing, "devices list --user nobody@example.com"),
    (3, nothing, f"devices show {NO_DEVICE}"),
    (3, nothing, f"devices rename {NO_DEVICE} attic"),
    (3, nothing, f"devices trust {NO_DEVICE}"),
    (3, nothing, f"devices untrust {NO_DEVICE}"),
    (3, nothing, f"devices revoke {NO_DEVICE}"),
    (3, nothing, "events list --user nobody@example.com"),
    (3, nothing, "keys revoke key_00000000000000000000000000 --yes"),
    (3, nothing, "apikeys revoke apikey_00000000000000000000000000"),
    (3, nothing, "token issue nobody@example.com"),
    (3, table.without_config, "config path"),
    (3, table.without_config, "config set tokens.access_ttl 15m"),
    (3, nothing, "config unset tokens.access_ttl"),
    (4, nothing, "login nobody@example.com --password-stdin"),
    (4, table.with_disabled_user, "login alice@example.com --password-stdin"),
    (4, table.logged_out, "logout"),
    (4, table.logged_out, "whoami"),
    (4, table.revoked, "whoami"),
    (4, table.logged_out, "password"),
    (4, table.logged_out, "explain"),
    (4, table.logged_out, "sessions revoke --current"),
    (4, nothing, "token decode garbage"),
    (4, table.logged_out, "token decode"),
    (4, nothing, "token verify garbage"),
    (4, table.revoked, "token verify"),
    (4, nothing, "token refresh -"),
    (4, table.logged_out, "token refresh"),
    (4, table.revoked, "token refresh"),
    (4, nothing, "token revoke garbage"),
    (4, table.logged_out, "token revoke"),
    (4, table.logged_out, "token show"),
    (4, table.revoked, "token show"),
    (5, nothing, "init"),
    (5, nothing, "users create ALICE@example.com --no-password"),
    (5, table.with_bob, "users update alice@example.com --email bob@example.com"),
    (5, nothing, "users export {good}"),
    (5, nothing, "keys revoke {active} --yes"),
    (5, table.with_disabled_user, "token issue alice@example.com"),
    (5, nothing, "db backup {backup}"),
    (6, table.with_another_key, "token verify"),
    (6, table.with_another_key, "users create new@example.com --no-password"),
    (6, table.with_garbage, "sessions list"),
    (6, table.with_garbage, "login alice@example.com --password-stdin"),
    (6, nothing, f"--server {NOWHERE} login alice@example.com --password-stdin"),
    (6, table.with_linked_config, "config set tokens.access_ttl 15m"),
    (6, table.with_linked_config, "config unset database.url"),
    (6, table.with_linked_config, "init --force --yes"),
]


def all_ways() -> list[Way]:
    """Return every way there is."""
    return [*_good(), *_shared(), *_own()]


def command_of(line: str) -> str:
    """Return the command of a command line, by its longest name."""
    words = line.split()
    if words[0].startswith("--"):  # an option before the command, with its value
        words = words[2:]
    two = " ".join(words[:2])
    return two if two in GOOD else words[0]


def _good() -> Iterator[Way]:
    for command, arguments in GOOD.items():
        if arguments is not None:
            yield Way(0, command, f"{command} {arguments}", nothing)
    for line in DONE:
        yield Way(0, command_of(line), line, nothing)


def _shared() -> Iterator[Way]:
    for command, arguments in GOOD.items():
        line = f"{command} {arguments or ''}"
        yield Way(2, command, f"{line} --nonsense", nothing)
        if command not in table.FREE:
            yield Way(2, command, line, table.with_bad_config)
        if command in table.LOCAL:
            yield Way(2, command, f"--server {NOWHERE} {line}", nothing)
        elif command in table.ADMIN:
            yield Way(4, command, f"--server {NOWHERE} {line}", nothing)
            yield Way(6, command, f"--server {NOWHERE} {line}", nothing, API_KEY)
        if command not in table.WITHOUT_STORE:
            yield Way(6, command, line, table.without_database)
        if command in table.SEALED:
            yield Way(6, command, line, table.without_key)


def _own() -> Iterator[Way]:
    for code, prepare, line in FAILED:
        yield Way(code, command_of(line), line, prepare)
