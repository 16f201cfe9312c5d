"""The writer: many who wait, few commits, and everybody has an answer of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.store import meta
from protekt_cli.store.database import Store, Transaction
from protekt_cli.store.writer import Writer

if TYPE_CHECKING:
    from tests.conftest import HoldLock

Scene = Callable[[Writer], Awaitable[Any]]


@pytest.fixture
def play(path: Path, clock: Clock) -> Callable[[Scene], Any]:
    """Run a scene with a writer on an event loop, and close the writer."""

    async def run(scene: Scene) -> Any:
        writer = Writer(Store.open(path, clock), asyncio.get_running_loop())
        try:
            return await asyncio.wait_for(scene(writer), 20)
        finally:
            writer.close()

    return lambda scene: asyncio.run(run(scene))


def count_up(transaction: Transaction) -> int:
    """Read, add one, write: what is lost where two run at once."""
    number = int(meta.find(transaction, "count") or 0) + 1
    meta.put(transaction, "count", number)
    return number


def test_everybody_is_answered_once(play: Callable[[Scene], Any], store: Store) -> None:
    """A thousand at once, each after the one before it, and none of them lost."""

    async def scene(writer: Writer) -> list[int]:
        return await asyncio.gather(*(writer.submit(count_up) for _ in range(1000)))

    answers = play(scene)

    assert answers == list(range(1, 1001))
    assert store.read(lambda view: meta.find(view, "count")) == 1000


def test_an_answer_means_that_it_is_committed(play: Callable[[Scene], Any], store: Store) -> None:
    """Another connection reads it at once."""

    async def scene(writer: Writer) -> Any:
        await writer.submit(count_up)
        return store.read(lambda view: meta.find(view, "count"))

    assert play(scene) == 1


def test_a_failure_is_its_own_alone(play: Callable[[Scene], Any], store: Store) -> None:
    """Those that were submitted with it are done."""

    def failing(transaction: Transaction) -> None:
        count_up(transaction)
        raise Conflict("no")

    async def scene(writer: Writer) -> list[Any]:
        submitted = [writer.submit(each) for each in (count_up, failing, count_up)]
        return await asyncio.gather(*submitted, return_exceptions=True)

    first, failed, last = play(scene)

    assert (first, last) == (1, 2)
    assert isinstance(failed, Conflict)
    assert store.read(lambda view: meta.find(view, "count")) == 2


def test_who_has_gone_away_stops_nobody(play: Callable[[Scene], Any], store: Store) -> None:
    """A request that was cancelled is written all the same, and the others are answered."""

    async def scene(writer: Writer) -> int:
        gone = asyncio.ensure_future(writer.submit(count_up))
        await asyncio.sleep(0)
        gone.cancel()
        return await writer.submit(count_up)

    assert play(scene) == 2


@pytest.mark.usefixtures("no_patience")
def test_a_busy_store_fails_a_group_and_not_the_writer(
    play: Callable[[Scene], Any], store: Store, hold_lock: HoldLock
) -> None:
    """All that waited are told, and the next ones are served."""
    holder = hold_lock(store.path)

    async def scene(writer: Writer) -> tuple[list[Any], int]:
        submitted = [writer.submit(count_up) for _ in range(3)]
        refused = await asyncio.gather(*submitted, return_exceptions=True)
        holder.release()
        return refused, await writer.submit(count_up)

    refused, after = play(scene)

    assert all(isinstance(each, StoreUnavailable) for each in refused)
    assert after == 1


def test_closing_commits_what_is_waiting(path: Path, clock: Clock, store: Store) -> None:
    """What was submitted before is written, and answered."""

    async def run() -> list[int]:
        writer = Writer(Store.open(path, clock), asyncio.get_running_loop())
        waiting = [asyncio.ensure_future(writer.submit(count_up)) for _ in range(200)]
        await asyncio.sleep(0)
        writer.close()
        return await asyncio.wait_for(asyncio.gather(*waiting), 20)

    answers = asyncio.run(run())

    assert answers == list(range(1, 201))
    assert store.read(lambda view: meta.find(view, "count")) == 200


def test_what_sqlite_refuses_fails_alone_and_is_the_fault_of_the_store(
    play: Callable[[Scene], Any], store: Store
) -> None:
    """An operation that SQLite stops takes none of the others with it, nor the writer."""

    def insert_twice(transaction: Transaction) -> None:
        for _ in range(2):
            transaction.run("INSERT INTO meta (name, value) VALUES ('twice', 1)")

    async def scene(writer: Writer) -> list[Any]:
        operations = (count_up, insert_twice, count_up)
        return await asyncio.gather(
            *(writer.submit(each) for each in operations), return_exceptions=True
        )

    first, refused, second = play(scene)

    assert isinstance(refused, StoreUnavailable)
    assert (1, 2) == (first, second)
    assert store.read(lambda view: meta.find(view, "twice")) is None
