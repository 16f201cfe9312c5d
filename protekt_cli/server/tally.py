"""Numbers that the workers of one server count together, in memory that all of them share.

It is made before the workers are forked. Each of them writes to its own place and nobody else's,
so that counting needs no lock; the successor of a worker that died takes its place and counts on,
so that no sum ever goes down. Nothing here knows what is counted.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import mmap

#: Numbers of one place. Memory that nobody wrote to is not there yet.
CELLS = 65_536
_BYTES = 8


class Tally:
    """The cells of every place, and one row more that all places share."""

    def __init__(self, places: int = 1) -> None:
        cells = memoryview(mmap(-1, (places + 1) * CELLS * _BYTES)).cast("d")
        rows = [cells[start : start + CELLS] for start in range(0, len(cells), CELLS)]
        self._common, *self._rows = rows
        with tempfile.TemporaryFile() as file:
            self._lock = os.dup(file.fileno())  # open as long as the process lives

    def share(self, place: int = 0) -> Share:
        """Return what the worker at *place* counts with."""
        return Share(self, self._rows[place], self._common)

    def total(self, cell: int) -> float:
        """Return the sum of a cell over all places."""
        return sum(row[cell] for row in self._rows)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out; for the cells in common. Threads are not kept out."""
        # Unlike a semaphore, the kernel lets go of it for a process that was killed.
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)


@dataclass(frozen=True, eq=False)
class Share:
    """One worker's part of a tally."""

    tally: Tally
    #: Written by this worker alone.
    own: memoryview[float]
    #: Written by whoever is alone.
    common: memoryview[float]
