"""The signals of a process without an event loop: waited for, beside whatever else can be read.

A handler only takes note; what it means is decided by who waits.
"""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

_STOPS = (signal.SIGTERM, signal.SIGINT)
_HEEDED = (*_STOPS, signal.SIGCHLD)


class Signals:
    """Orders to stop, and news of children, from when it is made on."""

    def __init__(self) -> None:
        #: The orders to stop that have come so far.
        self.stops: list[int] = []
        self._woken, waking = os.pipe()
        for end in (self._woken, waking):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        for number in _HEEDED:
            signal.signal(number, self._take_note)

    def wait(self, other: int, timeout: float | None = None) -> bool:
        """Wait for a signal, for *other* to be readable, or for *timeout* seconds at most.

        Return whether *other* can be read.
        """
        # A signal between a look at `stops` and this wait has left its byte, and ends it at once.
        readable, _, _ = select.select([self._woken, other], [], [], timeout)
        if self._woken in readable:
            os.read(self._woken, 512)
        return other in readable

    def fork(self) -> int:
        """Fork; in the child an order to stop is never lost, and heeds nobody's Ctrl-C."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)
        try:
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                # A terminal sends it to every process; the parent's word is what counts.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEEDED)

    def _take_note(self, number: int, _: FrameType | None) -> None:
        if number in _STOPS:
            self.stops.append(number)
