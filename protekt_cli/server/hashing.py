"""The slow check of passwords: in threads of its own, one for each core, and a short queue."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from protekt_cli.errors import Overloaded
from protekt_cli.server.measuring import Level

T = TypeVar("T")

#: Passwords that may wait for each core: about a second's work.
_WAITING_PER_CORE = 32


class Hashing:
    """Runs the slow check of passwords, no more at once than this worker's share of the cores."""

    def __init__(self, workers: int, level: Level) -> None:
        """
        Args:
            level: How many passwords are checked or wait for it, kept for the metrics.
        """
        cores = max(1, _cores() // workers)
        self._level = level
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
            with self._level:
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
