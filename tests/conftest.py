"""What nearly every test needs: a clock to turn, a real installation, and somebody who logs in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from protekt_cli.clock import Clock, Instant
from protekt_cli.config import Settings, load
from protekt_cli.engine import authentication, setup, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Grant, User
from protekt_cli.store import patience

#: Argon2id as weak as it can be made: what it protects here is nobody's.
CHEAPEST = MappingProxyType({"passwords.argon2_time_cost": 1, "passwords.argon2_memory_kib": 8})
#: Where `clock` starts: 15 January 2027, 08:00:00 UTC.
START = 1_800_000_000
#: A request that says nothing of itself.
NOWHERE = Caller()
NOTHING: Mapping[str, str] = MappingProxyType({})


class HandClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, seconds: int = START) -> None:
        self._milliseconds = seconds * 1000

    def now(self) -> Instant:
        return Instant(self._milliseconds)

    def advance(self, seconds: float) -> None:
        """Move it forward, or back where *seconds* is negative."""
        self._milliseconds += round(seconds * 1000)


@dataclass(frozen=True, slots=True)
class Person:
    """A user with the password that they know."""

    engine: Engine
    user: User
    password: str

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def email(self) -> str:
        return self.user.email

    def login(self, caller: Caller = NOWHERE, *, password: str | None = None) -> Grant:
        """Log in with the right password, or with another one."""
        return authentication.login(self.engine, self.email, password or self.password, caller)


Install = Callable[..., Engine]
AddUser = Callable[..., Person]


@pytest.fixture
def clock() -> HandClock:
    """A clock to be turned by hand."""
    return HandClock()


@pytest.fixture
def install(tmp_path: Path, clock: Clock) -> Iterator[Install]:
    """Install and open an engine, with flags by dotted key; it is closed at the end."""
    opened: list[Engine] = []

    def install(
        flags: Mapping[str, object] = {},
        *,
        environ: Mapping[str, str] = NOTHING,
        folder: Path = tmp_path,
        clock: Clock = clock,
    ) -> Engine:
        settings = configure(folder, flags)
        setup.install(settings, environ, clock)
        opened.append(Engine.open(settings, environ, clock))
        return opened[-1]

    yield install
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(install: Install) -> Engine:
    """An installation with the built-in settings, opened."""
    return install()


@pytest.fixture
def add_user() -> AddUser:
    """Create a user of an engine, with a password."""

    def add_user(engine: Engine, email: str, password: str) -> Person:
        password_hash = engine.passwords.hash(password)
        user = engine.submit(
            lambda transaction: users.create(
                engine,
                transaction,
                email=email,
                name=None,
                metadata={},
                password_hash=password_hash,
                actor="cli",
            )
        )
        return Person(engine, user, password)

    return add_user


@pytest.fixture
def alice(engine: Engine, add_user: AddUser) -> Person:
    """A user of `engine`."""
    return add_user(engine, "alice@example.com", "wonderland is real")


class Holder:
    """Another process that holds the write lock of a database, with a change not yet committed."""

    _PROGRAM = """
import sys
from pathlib import Path
from protekt_cli.store import sqlite

connection = sqlite.open_existing(Path(sys.argv[1]))
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO meta (name, value) VALUES ('holder', 'was here')")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""

    def __init__(self, database: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._PROGRAM, database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "held\n"

    def release(self) -> None:
        """Commit and go away."""
        self._process.communicate("\n")
        assert self._process.returncode == 0

    def close(self) -> None:
        """Go away in any case."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


HoldLock = Callable[[Path], Holder]


@pytest.fixture
def hold_lock() -> Iterator[HoldLock]:
    """Let another process take the write lock of a database; it is gone at the end."""
    holders: list[Holder] = []

    def hold_lock(database: Path) -> Holder:
        holders.append(Holder(database))
        return holders[-1]

    yield hold_lock
    for holder in holders:
        holder.close()


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a busy database for a moment only."""
    monkeypatch.setattr(patience, "PATIENCE", 0.05)


def configure(folder: Path, flags: Mapping[str, object] = {}) -> Settings:
    """Return the settings of an installation in *folder*, with the cheapest Argon2id."""
    return load(folder=folder, environ={}, flags={**CHEAPEST, **flags}).settings
