"""The clock of a database for development: moved in one connection, it is so in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from protekt_cli.engine import development
from protekt_cli.errors import InvalidRequest
from protekt_cli.store import meta
from protekt_cli.store.database import Store, Transaction
from tests.conftest import START, HandClock

DAY = 86_400


def mark(transaction: Transaction) -> None:
    meta.put(transaction, meta.DEV, 1)


@pytest.fixture
def marked(path: Path, store: Store) -> Path:
    """A database for development that nobody has opened since it became one."""
    store.submit(mark)
    return path


def test_move_is_seen_by_every_connection_at_once(marked: Path, clock: HandClock) -> None:
    """Views, transactions, groups and `now` of another open store go by the moved clock."""
    mover, other = Store.open(marked, clock), Store.open(marked, clock)

    mover.submit(lambda transaction: development.move_clock(transaction, 8 * DAY))

    moved = START + 8 * DAY
    (outcome,) = other.submit_all([lambda transaction: transaction.now.seconds])
    assert outcome.result == moved
    assert other.read(lambda view: view.now.seconds) == moved
    assert other.submit(lambda transaction: transaction.now.seconds) == moved
    assert other.now().seconds == moved
    mover.close()
    other.close()


def test_moves_add_up_and_go_back_to_real_time(marked: Path, clock: HandClock) -> None:
    """Two moves are as far as both, while the machine's clock runs on; real time undoes them."""
    store = Store.open(marked, clock)
    store.submit(lambda transaction: development.move_clock(transaction, 60))
    clock.advance(5)
    store.submit(lambda transaction: development.move_clock(transaction, 1))

    moved = store.now().milliseconds
    store.submit(development.restore_clock)

    assert moved == (START + 66) * 1000
    assert store.now() == clock.now()
    store.close()


def test_clock_is_not_moved_beyond_every_calendar(marked: Path, clock: HandClock) -> None:
    """A hundred years ahead is the most, and a move that is refused moves nothing."""
    store = Store.open(marked, clock)
    store.submit(lambda transaction: development.move_clock(transaction, 36_500 * DAY))

    with pytest.raises(InvalidRequest):
        store.submit(lambda transaction: development.move_clock(transaction, 1))

    assert store.now().seconds == START + 36_500 * DAY
    store.close()


def test_database_without_the_mark_has_the_real_clock(path: Path, clock: HandClock) -> None:
    """Where nobody said that it is for development, no value in it moves the clock."""
    store = Store.open(path, clock)

    store.submit(lambda transaction: meta.put(transaction, meta.CLOCK_OFFSET, 60_000))

    assert (store.now(), store.read(lambda view: view.now)) == (clock.now(), clock.now())
    store.close()
