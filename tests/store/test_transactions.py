"""Transactions: all or nothing, one after the other, and patient with other processes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.store import meta, sqlite
from protekt_cli.store.database import Operation, Store, Transaction

if TYPE_CHECKING:
    from tests.conftest import HandClock, HoldLock


def put(name: str, value: str = "value") -> Operation:
    """Return an operation that writes a value, and returns its name."""

    def operation(transaction: Transaction) -> str:
        meta.put(transaction, name, value)
        return name

    return operation


def failing(name: str, error: Exception) -> Operation:
    """Return an operation that writes a value and then fails."""

    def operation(transaction: Transaction) -> None:
        meta.put(transaction, name, "value")
        raise error

    return operation


def names(store: Store) -> list[str]:
    return store.read(
        lambda view: [row[0] for row in view.rows("SELECT name FROM meta ORDER BY name")]
    )


def test_what_was_submitted_is_there_for_everybody(store: Store, path: Path, clock: Clock) -> None:
    """When `submit` returns, another connection reads it."""
    other = Store.open(path, clock)

    returned = store.submit(put("a"))

    assert (returned, names(other)) == ("a", ["a"])
    other.close()


@pytest.mark.parametrize("error", [Conflict("no"), ValueError("no")])
def test_an_operation_that_raises_leaves_nothing(store: Store, error: Exception) -> None:
    """And the store goes on."""
    with pytest.raises(type(error)):
        store.submit(failing("a", error))

    store.submit(put("b"))
    assert names(store) == ["b"]


def test_an_interrupted_operation_leaves_nothing(store: Store) -> None:
    """Ctrl-C in the middle of a command, for example."""

    def interrupted(transaction: Transaction) -> None:
        meta.put(transaction, "a", "value")
        raise KeyboardInterrupt

    for submit in (store.submit, lambda operation: store.submit_all([operation])):
        with pytest.raises(KeyboardInterrupt):
            submit(interrupted)

    assert names(store) == []


def test_one_failure_in_a_group_takes_nobody_with_it(store: Store) -> None:
    """The others are committed, each has its own answer, and it its own error."""
    error = Conflict("no")

    outcomes = store.submit_all([put("a"), failing("b", error), put("c")])

    assert [outcome.result for outcome in outcomes] == ["a", None, "c"]
    assert [outcome.error for outcome in outcomes] == [None, error, None]
    assert names(store) == ["a", "c"]


def test_a_broken_rule_of_a_table_is_one_operations_own_failure(store: Store) -> None:
    """As any other mistake in it."""

    def broken(transaction: Transaction) -> None:
        transaction.run("INSERT INTO meta (name, value) VALUES ('a', 'twice')")

    outcomes = store.submit_all([put("a"), broken, put("c")])

    assert [outcome.result for outcome in outcomes] == ["a", None, "c"]
    assert isinstance(outcomes[1].error, Exception)
    assert names(store) == ["a", "c"]


def test_operations_of_a_group_see_each_other_in_order(store: Store) -> None:
    """Each finds what those before it wrote, and nothing of one that failed."""

    def count(transaction: Transaction) -> int:
        return len(transaction.rows("SELECT * FROM meta"))

    outcomes = store.submit_all([count, put("a"), count, failing("b", ValueError()), count])

    assert [outcome.result for outcome in outcomes] == [0, "a", 1, None, 1]


def test_a_snapshot_does_not_move_while_it_is_read(store: Store, path: Path, clock: Clock) -> None:
    """What another connection commits meanwhile is seen by the next read."""
    other = Store.open(path, clock)

    def twice(view: object) -> tuple[object, object]:
        first = meta.find(view, "a")  # type: ignore[arg-type]
        other.submit(put("a"))
        return first, meta.find(view, "a")  # type: ignore[arg-type]

    assert store.read(twice) == (None, None)
    assert names(store) == ["a"]
    other.close()


@pytest.mark.usefixtures("no_patience")
def test_a_look_up_sees_the_last_commit_and_keeps_nothing_open(
    store: Store, path: Path, clock: Clock
) -> None:
    """Whoever empties the log meets nobody who still reads in it."""
    other = Store.open(path, clock)
    found = []

    for value in ("first", "second"):
        other.submit(put("a", value))
        found.append(store.look_up(lambda view: meta.find(view, "a")))
        other.empty_log()

    assert found == ["first", "second"]
    other.close()


def test_a_look_up_that_fails_is_the_stores_fault(store: Store) -> None:
    """As for every reading, whatever SQLite says."""
    with pytest.raises(StoreUnavailable, match="no such table"):
        store.look_up(lambda view: view.one("SELECT * FROM nowhere"))


def test_an_operation_has_the_time_at_which_it_won_the_lock(
    store: Store, clock: HandClock, hold_lock: HoldLock, has_waited: threading.Event
) -> None:
    """Not that at which it began to wait: what happened meanwhile lies before it."""
    holder = hold_lock(store.path)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.submit, lambda transaction: transaction.now.seconds)

        assert has_waited.wait(10)
        clock.advance(60)
        holder.release()

        assert waiting.result() == clock.now().seconds


def test_a_busy_store_is_waited_for(
    store: Store, hold_lock: HoldLock, has_waited: threading.Event
) -> None:
    """What another process held back for a while is done after it, with what it wrote in sight."""
    holder = hold_lock(store.path)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.submit, lambda transaction: meta.find(transaction, "holder"))

        assert has_waited.wait(10)
        holder.release()

        assert waiting.result() == "was here"


def test_reading_does_not_wait(store: Store, hold_lock: HoldLock) -> None:
    """A reader sees the store as it was before what is still being written."""
    hold_lock(store.path)

    assert names(store) == []


@pytest.mark.usefixtures("no_patience")
def test_a_store_that_stays_busy_is_unavailable(store: Store, hold_lock: HoldLock) -> None:
    """Nothing is changed, nothing even tried, and later it works again."""
    holder = hold_lock(store.path)
    tried: list[object] = []

    with pytest.raises(StoreUnavailable, match="busy") as caught:
        store.submit(tried.append)
    group = store.submit_all([tried.append, put("a")])

    holder.release()
    assert (caught.value.status, caught.value.exit_code) == (503, 6)
    assert [type(outcome.error).__mro__[1] for outcome in group] == [StoreUnavailable] * 2
    assert tried == []
    assert names(store) == ["holder"]
    assert store.submit(put("a")) == "a"


def test_a_store_is_opened_though_another_lets_go_of_it(path: Path, clock: Clock) -> None:
    """Who closes last holds the file alone for a moment; that is no reason to fail."""

    def come_and_go(worker: int) -> int:
        for turn in range(30):
            store = Store.open(path, clock)
            store.submit(put(f"{worker} {turn}"))
            store.close()
        return worker

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(come_and_go, range(4)))

    store = Store.open(path, clock)
    assert done == [0, 1, 2, 3]
    assert len(names(store)) == 4 * 30
    store.close()


def test_opening_waits_for_whoever_holds_the_file(
    path: Path, clock: Clock, has_waited: threading.Event
) -> None:
    """Also where it is held against readers, as by whoever is the last to close it."""
    connection = sqlite.open_existing(path)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Store.open, path, clock)

        assert has_waited.wait(10)
        connection.execute("COMMIT")
        connection.close()

        waiting.result().close()
