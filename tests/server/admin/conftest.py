"""An application that runs, and an API key of every scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from protekt_cli.engine import api_keys
from protekt_cli.engine.engine import Engine
from protekt_cli.models import ApiKey, Scope
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator
from tests.server.application import Application

AddKey = Callable[..., tuple[ApiKey, str]]


@pytest.fixture
def app(engine: Engine) -> Iterator[Application]:
    """An application that runs beside `engine`, on its database."""
    with closing(Application(engine)) as application:
        yield application


@pytest.fixture
def add_key(engine: Engine) -> AddKey:
    """Make an API key."""

    def add_key(scope: Scope, expires_in: int | None = None) -> tuple[ApiKey, str]:
        return engine.submit(
            lambda transaction: api_keys.create(
                engine,
                transaction,
                name=f"a {scope} key",
                scope=scope,
                expires_in=expires_in,
                actor="cli",
            )
        )

    return add_key


@pytest.fixture
def client_key(add_key: AddKey) -> str:
    """A key that may do what an app needs."""
    return add_key(Scope.CLIENT)[1]


@pytest.fixture
def read_key(add_key: AddKey) -> str:
    """A key that sees everything."""
    return add_key(Scope.READ)[1]


@pytest.fixture
def admin(add_key: AddKey) -> tuple[ApiKey, str]:
    """A key that may do everything, and what to present."""
    return add_key(Scope.ADMIN)


@pytest.fixture
def admin_key(admin: tuple[ApiKey, str]) -> str:
    """What to present of a key that may do everything."""
    return admin[1]


@pytest.fixture
def boss(app: Application, admin: tuple[ApiKey, str]) -> Administrator:
    """Somebody who asks the admin API with that key."""
    key, presented = admin
    return Administrator(app, presented, key.id)


@pytest.fixture
def crowd(boss: Administrator, alice: Person, add_user: AddUser, clock: HandClock) -> Person:
    """Alice and Bob, who log in three times each, a second apart."""
    bob = add_user(alice.engine, "bob@example.com", alice.password)
    for person in (alice, bob, bob, alice, bob, alice):
        person.login()
        clock.advance(1)
    return bob
