"""The only place that reads time. Everything else is given a `now`."""

from __future__ import annotations

import time
from typing import NamedTuple


class Instant(NamedTuple):
    """A moment, as milliseconds since the Unix epoch (UTC)."""

    milliseconds: int

    @property
    def seconds(self) -> int:
        """Whole Unix seconds: what deadlines and JSON are made of."""
        return self.milliseconds // 1000

    def moved(self, milliseconds: int) -> Instant:
        """Return the moment that is so much later."""
        return Instant(self.milliseconds + milliseconds)


class Clock:
    """The clock of this machine."""

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1_000_000)


def monotonic() -> float:
    """Return seconds from a clock that never steps: for waiting, never for deadlines."""
    return time.monotonic()
