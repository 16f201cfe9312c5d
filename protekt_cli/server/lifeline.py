"""Ties a worker's life to its parent's, so that no orphan answers on behind a parent that died.

The parent holds one end of a pipe and never writes to it; when it ends, however it does, the
other end says so. On Linux the kernel also ends the worker at once, busy or not.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys

# linux/prctl.h
_PR_SET_PDEATHSIG = 1


class Lifeline:
    """The pipe from one parent to all of its workers."""

    def __init__(self) -> None:
        self._parent = os.getpid()
        self._workers_end, self._parents_end = os.pipe()
        self._prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def tie(self) -> None:
        """Bind this worker to its parent, first thing after the fork."""
        os.close(self._parents_end)
        if self._prctl is not None:
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:  # it went before the kernel was told to watch it
            os._exit(1)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """End this worker as soon as its parent has."""
        # At once, and not gracefully: what was answered is on disk.
        loop.add_reader(self._workers_end, os._exit, 1)
