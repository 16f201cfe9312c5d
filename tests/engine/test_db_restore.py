"""Restoring in the engine: what is under way, and what fails in the middle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication
from protekt_cli.engine.backup import backup
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.rekey import rekey
from protekt_cli.engine.restore import Report, Restore
from protekt_cli.errors import InvalidCredentials, StoreUnavailable
from protekt_cli.models import Caller
from protekt_cli.store import meta, sessions, statistics
from protekt_cli.store.copying import Progress

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person


def quietly(done: float | None) -> None:
    """Hear how far it is."""


def go_back(engine: Engine, copy: Path, progress: Progress = quietly, *, keep: bool) -> Report:
    """Restore *copy* by another connection than the engine's."""
    work = Restore(engine.settings, {}, engine.store.clock, keep_sessions=keep, dry_run=False)
    with work.prepare(copy, quietly) as (found, present):
        return work.carry_out(found, present, progress)


@pytest.fixture
def copy(engine: Engine, alice: Person, tmp_path: Path) -> Path:
    """A copy with one session of alice's."""
    alice.login()
    backup(engine.store.path, tmp_path / "copy.db", quietly)
    return tmp_path / "copy.db"


@pytest.mark.parametrize("keep", [False, True])
def test_login_under_way_creates_no_session(
    engine: Engine, alice: Person, copy: Path, keep: bool
) -> None:
    """Its password was checked against what is gone."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))
    go_back(engine, copy, keep=keep)

    with pytest.raises(InvalidCredentials):
        engine.submit(
            lambda transaction: authentication.conclude(
                engine, transaction, attempt, Caller(), matched=True
            )
        )


def test_a_key_that_was_replaced_does_not_come_back(engine: Engine, copy: Path) -> None:
    """Not even where a crashed rekey left it in the file beside the new one."""
    key_file = engine.store.path.with_name("protekt.key")
    leaked = key_file.read_text()
    rekey(engine, key_file, actor="cli")
    key_file.write_text(key_file.read_text() + leaked)
    check = engine.read(lambda view: meta.find(view, meta.MASTER_KEY_CHECK))

    with pytest.raises(StoreUnavailable, match="another master key"):
        go_back(engine, copy, keep=False)

    assert engine.read(lambda view: meta.find(view, meta.MASTER_KEY_CHECK)) == check


def test_living_session_is_as_lately_used_as_it_was(
    engine: Engine, alice: Person, clock: HandClock, tmp_path: Path
) -> None:
    """One that was used ever since does not end because the copy is old."""
    session = alice.login().session
    backup(engine.store.path, tmp_path / "copy.db", quietly)
    idle = engine.settings.sessions.idle_timeout
    clock.advance(idle - 1)
    moved = clock.now().seconds + idle
    engine.submit(
        lambda transaction: transaction.run(
            "UPDATE sessions SET idle_expires_at = :moved", {"moved": moved}
        )
    )
    clock.advance(idle - 1)

    report = go_back(engine, tmp_path / "copy.db", keep=True)

    found = engine.read(lambda view: sessions.find(view, session.id))
    assert (0, 1) == (report.settlement.sessions_ended, report.settlement.sessions_kept)
    assert found is not None
    assert (None, moved) == (found.ended_at, found.idle_expires_at)


def test_interrupted_restore_changes_nothing(
    engine: Engine, alice: Person, copy: Path, tmp_path: Path
) -> None:
    """And leaves no copy of what was not replaced."""
    alice.login()
    before = engine.read(statistics.take), {path.name for path in tmp_path.iterdir()}

    def interrupt(done: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_back(engine, copy, interrupt, keep=False)

    assert before == (engine.read(statistics.take), {path.name for path in tmp_path.iterdir()})
