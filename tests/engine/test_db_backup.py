"""Copies of a database: whole, private, never in place of another file, or not there at all."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from protekt_cli.cli.long_work import interruptible
from protekt_cli.engine import checkup
from protekt_cli.engine.backup import backup
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.models import SessionStatus
from protekt_cli.store import sessions, sqlite, statistics
from protekt_cli.store.database import Store

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person


@pytest.fixture(params=[0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The loosest and the strictest umask."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def quietly(done: float | None) -> None:
    """Hear how far it is."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_a_copy_is_whole_and_private(engine: Engine, alice: Person, tmp_path: Path) -> None:
    """Under any umask, one file with nothing beside it, and all that was committed in it."""
    session = alice.login().session
    before = names(tmp_path)
    target = tmp_path / "copy.db"

    size = backup(engine.store.path, target, quietly)

    content = target.read_bytes()
    copy = Store.open(target, engine.store.clock)
    found = copy.read(lambda view: sessions.find(view, session.id))
    copy.close()
    assert (0o600, size) == (stat.S_IMODE(target.stat().st_mode), target.stat().st_size)
    assert session == found
    assert b"\1\1" == content[18:20]  # no write-ahead log (SQLite's file format, 1.3.3)
    assert [] == checkup.check(target, quietly)
    assert before | {"copy.db"} == names(tmp_path)


def test_a_copy_is_of_one_moment(engine: Engine, alice: Person, tmp_path: Path) -> None:
    """Logins that are granted while it is made are not in it, and do not make it begin anew."""
    heard: list[float | None] = []
    ballast = "INSERT INTO meta VALUES ('ballast', randomblob(5000000))"
    engine.submit(lambda transaction: transaction.run(ballast))

    def login(done: float | None) -> None:
        heard.append(done)
        if len(heard) < 3:
            alice.login()

    backup(engine.store.path, tmp_path / "copy.db", login)

    copy = Store.open(tmp_path / "copy.db", engine.store.clock)
    inside, now = copy.read(statistics.take), engine.read(statistics.take)
    copy.close()
    assert 0 == inside.sessions[SessionStatus.ACTIVE]
    assert 2 == now.sessions[SessionStatus.ACTIVE]


@pytest.mark.parametrize("kind", ["file", "folder", "database"])
def test_a_copy_replaces_nothing(engine: Engine, tmp_path: Path, kind: str) -> None:
    """Whatever is there already stays."""
    target = engine.store.path if kind == "database" else tmp_path / "taken"
    if kind == "file":
        target.write_bytes(b"precious")
    if kind == "folder":
        target.mkdir()
    before = names(tmp_path)

    with pytest.raises(Conflict) as caught:
        backup(engine.store.path, target, quietly)

    assert 5 == caught.value.exit_code
    assert before == names(tmp_path)
    assert kind != "file" or target.read_bytes() == b"precious"


def test_a_file_that_came_meanwhile_is_not_replaced(engine: Engine, tmp_path: Path) -> None:
    """Somebody else may have taken the name since it was looked for."""
    target = tmp_path / "copy.db"

    with pytest.raises(Conflict):
        backup(engine.store.path, target, lambda done: target.write_bytes(b"precious"))

    assert b"precious" == target.read_bytes()


@pytest.mark.parametrize("dangling", [True, False])
def test_a_copy_goes_through_no_link(engine: Engine, tmp_path: Path, dangling: bool) -> None:
    """Somebody may have laid it there."""
    link, elsewhere = tmp_path / "link", tmp_path / "elsewhere"
    if not dangling:
        elsewhere.write_bytes(b"precious")
    link.symlink_to(elsewhere)

    with pytest.raises(StoreUnavailable, match="symbolic link"):
        backup(engine.store.path, link, quietly)

    assert dangling or elsewhere.read_bytes() == b"precious"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_interrupted_copy_leaves_nothing(
    engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    """Neither half a copy nor what it was written in."""
    before = names(tmp_path)

    with pytest.raises(KeyboardInterrupt), interruptible():
        backup(engine.store.path, tmp_path / "copy.db", lambda done: os.kill(os.getpid(), number))

    assert before == names(tmp_path)


def test_a_damaged_database_yields_no_copy(engine: Engine, alice: Person, tmp_path: Path) -> None:
    """A copy that cannot be gone back to is worse than none."""
    alice.login()
    path = engine.store.path
    engine.store.close()
    connection = sqlite.open_existing(path)
    root = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'sessions_by_user'"
    ).fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 200)
    before = names(tmp_path)

    with pytest.raises(StoreUnavailable, match="it is damaged"):
        backup(path, tmp_path / "copy.db", quietly)

    assert before == names(tmp_path)


def test_figures_are_of_now(engine: Engine, alice: Person, clock: HandClock) -> None:
    """A session whose deadline has passed is not counted as active, written down or not."""
    alice.login()
    clock.advance(engine.settings.sessions.idle_timeout)
    alice.login()

    found = engine.read(statistics.take)

    assert {"active": 1, "expired": 1, "revoked": 0} == found.sessions
    assert (1, 2) == (found.users, found.devices)
    assert found.database_bytes > 0
