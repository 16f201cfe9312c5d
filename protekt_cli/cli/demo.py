"""The demonstration: a throw-away installation with three users, and what to paste next."""

from __future__ import annotations

import secrets
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from protekt_cli import config
from protekt_cli.clock import Clock
from protekt_cli.engine import events, setup, users
from protekt_cli.engine.engine import Engine

_PEOPLE = (
    ("alice@example.com", "Alice Archer"),
    ("bob@example.com", "Bob Baker"),
    ("carol@example.com", "Carol Cooper"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demonstration, with the password that is printed once."""

    email: str
    password: str = field(repr=False)


@contextmanager
def installation(
    flags: Mapping[str, object], *, is_dev: bool
) -> Iterator[tuple[Engine, list[Person]]]:
    """Make an installation in a private temporary folder, which is removed at the end.

    Nothing is read but *flags*: no file of the user's, and no variable.
    """
    with tempfile.TemporaryDirectory(prefix="protekt-demo-") as name:
        folder = Path(name)
        file = folder / "protekt.toml"
        config.write_new(file, {})  # found first, so that no other is looked for
        settings = config.load(folder=folder, environ={}, config_file=file, flags=flags).settings
        setup.install(settings, {}, Clock(), is_dev=is_dev)
        engine = Engine.open(settings, {}, Clock())
        try:
            yield engine, [_add(engine, email, name) for email, name in _PEOPLE]
        finally:
            engine.close()


def introduction(url: str, database: Path, people: list[Person]) -> str:
    """Return what a newcomer needs: who can log in, and lines that work when pasted."""
    first = people[0]
    width = max(len(person.email) for person in people)
    listed = "\n".join(f"  {person.email:{width}}  {person.password}" for person in people)
    body = f'{{"type": "password", "email": "{first.email}", "password": "{first.password}"}}'
    json = "-H 'Content-Type: application/json'"
    return f"""\
A throw-away demonstration: everything is gone when you press Ctrl-C.

Users and their passwords:
{listed}

The life of a session, to paste into another terminal:

  URL={url}
  ANSWER=$(curl -s $URL/v1/sessions {json} \\
    -d '{body}')
  echo "$ANSWER"
  TOKEN=$(echo "$ANSWER" | sed 's/.*"sessionToken":"\\([^"]*\\)".*/\\1/')
  REFRESH=$(echo "$ANSWER" | sed 's/.*"refreshToken":"\\([^"]*\\)".*/\\1/')

  curl -s $URL/v1/session -H "Authorization: Bearer $TOKEN"
  curl -s $URL/v1/sessions/refresh {json} -d "{{\\"refreshToken\\": \\"$REFRESH\\"}}"
  curl -s -X POST $URL/v1/sessions/revoke -H "Authorization: Bearer $TOKEN"
  curl -s $URL/v1/session -H "Authorization: Bearer $TOKEN"

The same sessions from a shell:

  {_own_name()} --db {database} sessions list --status all
"""


def _own_name() -> str:
    """Return what any shell has to be given to run this very program."""
    return shlex.quote(str(Path(sys.argv[0]).absolute()))


def _add(engine: Engine, email: str, name: str) -> Person:
    person = Person(email, secrets.token_urlsafe(12))
    password_hash = engine.passwords.hash(person.password)
    engine.submit(
        lambda transaction: users.create(
            engine,
            transaction,
            email=email,
            name=name,
            metadata={},
            password_hash=password_hash,
            actor=events.CLI,
        )
    )
    return person
