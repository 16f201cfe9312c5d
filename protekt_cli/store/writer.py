"""The server's one road to the disk: a thread that commits what waits as one group.

A durable commit costs a sync, however much is in it. So the thread takes every operation that is
waiting, runs each in a savepoint of its own inside one write transaction, commits once, and only
then answers them. One operation that fails takes none of the others with it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from protekt_cli.store.database import Operation, Outcome, Store, Transaction

T = TypeVar("T")

#: Operations in one transaction at most, so that no lock is held for long.
_GROUP = 64

_Waiting = tuple[Operation, asyncio.Future[Any]]


class Writer:
    """Runs operations for one event loop, on a store that belongs to it alone."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="protekt-writer", daemon=True)
        self._thread.start()

    async def submit(self, operation: Callable[[Transaction], T]) -> T:
        """Return what *operation* returned, once it is on disk.

        Raises:
            StoreUnavailable: The store stayed busy, or could not be written; nothing was changed.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((operation, future))
        return await future

    def close(self) -> None:
        """Commit what is waiting, and end the thread and its connection."""
        self._queue.put(None)
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        while group := self._take():
            outcomes = self._store.submit_all([operation for operation, _ in group])
            futures = [future for _, future in group]
            self._loop.call_soon_threadsafe(_answer, futures, outcomes)

    def _take(self) -> list[_Waiting]:
        """Return all that waits, after waiting for the first; nothing means the end."""
        group: list[_Waiting] = []
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            if len(group) == _GROUP or self._queue.empty():
                return group
            waiting = self._queue.get_nowait()
        self._queue.put(None)  # for the next call, after this last group
        return group


def _answer(futures: list[asyncio.Future[Any]], outcomes: list[Outcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.cancelled():  # whoever asked has gone; what was written stays written
            continue
        if isinstance(outcome.error, BaseException):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.result)
