"""What the routes work with: an engine to read with, the writer, and the hashing of passwords.

Reads are point look-ups of some microseconds and run on the event loop; writes wait for the disk
in the writer's thread; hashing takes tens of milliseconds and has threads of its own, one for
each core, and a short queue.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from protekt_cli.engine.configuration import record_change
from protekt_cli.engine.engine import Engine, settle
from protekt_cli.errors import Overloaded, Problem
from protekt_cli.server import upkeep
from protekt_cli.store.database import Store, Transaction
from protekt_cli.store.writer import Writer

T = TypeVar("T")

#: Passwords that may wait for each core: about a second's work.
_WAITING_PER_CORE = 32


class Hashing:
    """Runs the slow check of passwords, no more at once than this worker's share of the cores."""

    def __init__(self, workers: int) -> None:
        cores = max(1, _cores() // workers)
        self._threads = ThreadPoolExecutor(cores, "protekt-hashing")
        self._room = cores * (1 + _WAITING_PER_CORE)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what *work* returns.

        Raises:
            Overloaded: Too many wait already.
        """
        if not self._room:
            raise Overloaded("too many passwords wait to be checked", hint="try again soon")
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._room += 1

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def _cores() -> int:
    """Return how many cores this process may use, which in a container are fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Services:
    """One worker's share of an installation, bound to its event loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.hashing = Hashing(engine.settings.server.workers)
        self._writer: Writer | None = None
        self._upkeep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the writer's own connection, warm the hashing up, and begin to keep up with time."""
        store = Store.open(self.engine.store.path, self.engine.store.clock)
        self._writer = Writer(store, asyncio.get_running_loop())
        # Not before: a start that fails on a taken port is none.
        await self.submit(lambda transaction: record_change(self.engine, transaction))
        await self.hashing.run(self.engine.passwords.warm_up)
        self._upkeep = asyncio.create_task(upkeep.keep_up(self))

    def stop(self) -> None:
        """Commit what is waiting and close everything."""
        if self._upkeep is not None:
            self._upkeep.cancel()
        if self._writer is not None:
            self._writer.close()
        self.hashing.close()
        self.engine.close()

    async def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Return what *operation* returned, once it is on disk.

        Raises:
            Problem: The one that it returned (after the commit) or raised (nothing is written).
        """
        if self._writer is None:
            raise AssertionError("the services were not started")
        return settle(await self._writer.submit(operation))
