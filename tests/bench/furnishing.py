"""Installations of any size for the benches, made without the cost of so many logins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from protekt_cli import config
from protekt_cli.clock import Clock
from protekt_cli.core import ids
from protekt_cli.engine import devices, events, sessions, setup, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Grant, Session, User
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction

#: Sessions that are made in one transaction.
_STEP = 5000


def install(folder: Path) -> Engine:
    """Make an installation with the built-in settings, and open it."""
    setup.install(config.load(folder=folder, environ={}).settings, {}, Clock())
    return opened(folder)


def opened(folder: Path) -> Engine:
    """Open the installation of a folder."""
    return Engine.open(config.load(folder=folder, environ={}).settings, {}, Clock()).unlock()


def add_user(engine: Engine, email: str) -> User:
    return engine.submit(
        lambda transaction: users.create(
            engine,
            transaction,
            email=email,
            name="John Doe",
            metadata={},
            password_hash=None,
            actor=events.CLI,
        )
    )


def log_in(engine: Engine, user: User, count: int) -> list[Grant]:
    """Begin so many sessions of a user on one device, and return what the logins gave."""
    caller = Caller(ip="192.0.2.1", user_agent="bench/1")

    def start(transaction: Transaction) -> list[Grant]:
        device = devices.choose(
            engine, transaction, user, caller, name="bench", kind="program", actor=user.id
        )
        return [
            sessions.start(engine, transaction, user, device, caller, amr="pwd", actor=user.id)
            for _ in range(count)
        ]

    return engine.submit(start)


def crowd(engine: Engine, like: Session, count: int) -> None:
    """Add so many sessions like another one, to which nobody has a token."""

    def add(transaction: Transaction, count: int) -> None:
        for _ in range(count):
            id_ = ids.new_id(ids.Prefix.SESSION, transaction.now.milliseconds)
            session_table.add(transaction, replace(like, id=id_))

    for done in range(0, count, _STEP):
        engine.submit(lambda transaction: add(transaction, min(_STEP, count - done)))  # noqa: B023
