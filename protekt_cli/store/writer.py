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
from dataclasses import dataclass
from typing import Any, TypeVar

from protekt_cli.clock import monotonic
from protekt_cli.store import patience
from protekt_cli.store.database import Operation, Outcome, Store, Transaction

T = TypeVar("T")

#: Operations in one transaction at most, so that no lock is held for long.
_GROUP = 64


@dataclass(frozen=True, slots=True)
class _Waiting:
    operation: Operation
    future: asyncio.Future[Any]
    #: When a store that is busy until then has been waited for long enough.
    until: float


class Writer:
    """Runs operations for one event loop, on a store that belongs to it alone."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        #: Those that a busy store was not waited for long enough yet.
        self._again: list[_Waiting] = []
        self._thread = threading.Thread(target=self._run, name="protekt-writer", daemon=True)
        self._thread.start()

    async def submit(self, operation: Callable[[Transaction], T]) -> T:
        """Return what *operation* returned, once it is on disk.

        Raises:
            StoreUnavailable: The store stayed busy, or could not be written; nothing was changed.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Waiting(operation, future, monotonic() + patience.PATIENCE))
        return await future

    def close(self) -> None:
        """Commit what is waiting, and end the thread and its connection."""
        self._queue.put(None)
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        while group := self._take():
            outcomes = self._store.submit_all([each.operation for each in group], group[0].until)
            if isinstance(outcomes[0].error, patience.Busy):  # none of them was run
                now = monotonic()
                self._again = [each for each in group if each.until > now]
                group = group[: len(group) - len(self._again)]
            futures = [each.future for each in group]
            self._loop.call_soon_threadsafe(_answer, futures, outcomes[: len(group)])

    def _take(self) -> list[_Waiting]:
        """Return all that waits, after waiting for the first; nothing means the end."""
        group, self._again = self._again, []
        while len(group) < _GROUP and not (group and self._queue.empty()):
            waiting = self._queue.get()
            if waiting is None:
                if group:
                    self._queue.put(None)  # for the next call, after this last group
                return group
            group.append(waiting)
        return group


def _answer(futures: list[asyncio.Future[Any]], outcomes: list[Outcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.cancelled():  # whoever asked has gone; what was written stays written
            continue
        if isinstance(outcome.error, BaseException):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.result)
