"""Which exit codes each command has, and how to come by each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from protekt_cli.store import sqlite
from tests.cli.running import PASSWORD, Run

Prepare = Callable[[Run], None]

#: Where nobody listens.
NOWHERE = "http://127.0.0.1:1"
NO_SESSION = "sess_00000000000000000000000000"
NO_DEVICE = "dev_00000000000000000000000000"


class Way(NamedTuple):
    """A way to an exit code: what is prepared, and what is then typed."""

    code: int
    command: str
    line: str
    prepare: Prepare
    environ: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        return f"{self.code}-{self.line}-{self.prepare.__name__}"


def nothing(protekt: Run) -> None:
    """Leave everything as it is."""


def without_key(protekt: Run) -> None:
    """Take the master key away."""
    Path("protekt.key").unlink()


def with_another_key(protekt: Run) -> None:
    """Put the master key of another installation in its place."""
    Path("protekt.key").write_text("ab" * 32)


def without_database(protekt: Run) -> None:
    """Take the database away."""
    Path("protekt.db").unlink()


def with_garbage(protekt: Run) -> None:
    """Put something else where the database was."""
    Path("protekt.db").write_bytes(b"no database" * 1000)


def with_bad_config(protekt: Run) -> None:
    """Set what is no key."""
    Path("protekt.toml").write_text("[tokens]\naccess = 1\n")


def without_config(protekt: Run) -> None:
    """Take the configuration away."""
    Path("protekt.toml").unlink()


def with_linked_config(protekt: Run) -> None:
    """Keep the configuration elsewhere."""
    Path("protekt.toml").rename("elsewhere.toml")
    Path("protekt.toml").symlink_to("elsewhere.toml")


def with_strange_event(protekt: Run) -> None:
    """Change what an event says."""
    _change("UPDATE events SET actor = 'nobody' WHERE seq = 1")


def with_strange_user(protekt: Run) -> None:
    """Write what no user has."""
    _change("PRAGMA ignore_check_constraints = ON", "UPDATE users SET metadata = 'no JSON'")


def logged_out(protekt: Run) -> None:
    """Forget the stored login."""
    for kept in Path.home().rglob("credentials.json"):
        kept.unlink()


def revoked(protekt: Run) -> None:
    """End the session of the stored login, and every other one."""
    assert protekt("sessions", "revoke", "--all", "--yes").code == 0


def with_two_sessions(protekt: Run) -> None:
    """Let the user of the stored login have another one, on the same device."""
    assert protekt("login", "alice@example.com", "--password-stdin", stdin=PASSWORD).code == 0


def with_disabled_user(protekt: Run) -> None:
    """Let alice log in no more."""
    assert protekt("users", "disable", "alice@example.com").code == 0


def with_bob(protekt: Run) -> None:
    """Create another user."""
    assert protekt("users", "create", "bob@example.com", "--no-password").code == 0


def _change(*statements: str) -> None:
    connection = sqlite.open_existing(Path("protekt.db"))
    for statement in statements:
        connection.execute(statement)
    connection.close()


#: Every command, as it works with a login of alice, whose password is given on standard input.
#: `{session}` and the like are filled in; None is for what ends in another way.
GOOD = {
    "init": "--force --yes",
    "serve": None,
    "login": "alice@example.com --password-stdin",
    "logout": "",
    "whoami": "",
    "password": None,
    "doctor": "",
    "explain": "",
    "help": "exit-codes",
    "integrate": "nginx",
    "users create": "new@example.com --no-password",
    "users list": "",
    "users show": "alice@example.com",
    "users update": "alice@example.com --name Alice",
    "users set-password": "alice@example.com --password-stdin",
    "users disable": "alice@example.com",
    "users enable": "alice@example.com",
    "users delete": "alice@example.com --yes",
    "users import": "{good}",
    "users export": "users.jsonl",
    "sessions list": "",
    "sessions show": "{session}",
    "sessions revoke": "{session}",
    "sessions prune": "--older-than 0s --yes",
    "sessions watch": None,
    "devices list": "",
    "devices show": "{device}",
    "devices rename": "{device} attic",
    "devices trust": "{device}",
    "devices untrust": "{device}",
    "devices revoke": "{device}",
    "events list": "",
    "events tail": "",
    "events verify": "",
    "events prune": "--older-than 0s --yes",
    "keys list": "",
    "keys rotate": "",
    "keys revoke": "{next} --yes",
    "keys jwks": "",
    "apikeys create": "web",
    "apikeys list": "",
    "apikeys revoke": "{apikey}",
    "token issue": "alice@example.com",
    "token decode": "",
    "token verify": "{token}",
    "token refresh": "",
    "token revoke": "",
    "token show": "",
    "config show": "",
    "config get": "tokens.access_ttl",
    "config set": "tokens.access_ttl 15m",
    "config unset": "database.url",
    "config path": "",
    "config check": "",
    "db stats": "",
    "db check": "",
    "db backup": "copy.db",
    "db restore": "{backup} --yes",
    "db migrate": "",
    "db vacuum": "",
    "db rekey": "--yes",
}
ADMIN = [
    command
    for command in GOOD
    if command.split()[0] in ("users", "sessions", "devices", "keys", "apikeys")
    or command in ("events list", "events tail", "token issue", "token verify")
]
LOCAL = ["init", "serve", "doctor", "explain", "users import", "users export", "sessions prune"]
LOCAL += ["events verify", "events prune"]
LOCAL += [command for command in GOOD if command.split()[0] in ("config", "db")]
#: What needs neither a database nor a good configuration.
FREE = ["init", "help", "config path", "config unset", "config check", "doctor", "token decode"]
#: What needs no database.
WITHOUT_STORE = [*FREE, *(c for c in GOOD if c.startswith("config")), "integrate"]
WITHOUT_STORE += ["db restore"]
#: What needs the master key.
SEALED = [
    *("serve", "login", "logout", "whoami", "password", "explain", "events verify", "keys rotate"),
    *("keys revoke", "apikeys create", "apikeys revoke", "token issue", "token verify"),
    *("token refresh", "token revoke", "token show", "sessions prune", "sessions revoke"),
    *("events prune", "db restore", "db rekey", "users import"),
    *(f"users {verb}" for verb in ("create", "update", "set-password", "disable", "enable")),
    *(f"devices {verb}" for verb in ("rename", "trust", "untrust", "revoke")),
    "users delete",
]
#: What prints what it found, whatever the exit code; those of `QUIET` need no word on stderr.
FINDINGS = ["explain", "events verify", "db check", "doctor", "config check", "token verify"]
FINDINGS += ["users import", "sessions revoke", "devices revoke"]
QUIET = ["doctor", "config check", "users import"]
#: What has no --json.
TEXT = ["init", "serve", "help", "integrate", "users export", "config set", "config unset"]
