"""Several processes that answer on one listening socket, and the parent that keeps them.

The parent opens nothing else and starts no thread, so that it can fork at any time: connections
to SQLite and threads never cross a fork. It replaces a worker that died, and ends all of them
within the grace that one server has.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import NamedTuple

from protekt_cli.clock import monotonic
from protekt_cli.errors import Failed, Problem
from protekt_cli.server import process
from protekt_cli.server.lifeline import Lifeline
from protekt_cli.server.process import GRACE, Served
from protekt_cli.server.signals import Signals

#: Who lived for less died early.
_SOON = 5.0
_LONGEST_PAUSE = 30.0
#: What a worker may take beyond the grace to close its store.
_CLOSING = 2.0

_log = logging.getLogger("protekt")


def keep(count: int, served: Served, announce: Callable[[], None]) -> None:
    """Keep *count* workers until SIGTERM or SIGINT, and return when all have ended.

    Raises:
        Failed: A worker ended before all accepted connections.
    """
    parent = _Parent(served)
    try:
        if parent.start(count):
            announce()
            parent.replace()
        served.listening.close()
        parent.stop()
    finally:
        parent.kill()


class _Worker(NamedTuple):
    """A process, the place that it has, and when it was born."""

    pid: int
    place: int
    born: float


class _Parent:
    """The workers there are, and how to make more of them."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._signals = Signals()
        self._lifeline = Lifeline()
        #: Each worker writes one byte once it accepts connections.
        self._accepting, self._accepts = os.pipe()
        #: The living ones, by their process ids.
        self._workers: dict[int, _Worker] = {}
        #: How many died early, one after the other.
        self._early = 0

    def start(self, count: int) -> bool:
        """Start *count* workers and wait until all accept; return False if told to stop first.

        Raises:
            Failed: One of them ended.
        """
        for place in range(count):
            self._fork(place)
        while count and not self._signals.stops:
            if self._signals.wait(self._accepting):
                count -= len(os.read(self._accepting, count))
            if self._reap():
                raise Failed("a worker ended before it accepted connections")
        return not self._signals.stops

    def replace(self) -> None:
        """Replace the workers that die, until told to stop."""
        #: When each empty place is to be taken again.
        due: dict[int, float] = {}
        while not self._signals.stops:
            due |= {worker.place: monotonic() + self._pause(worker) for worker in self._reap()}
            for place in [place for place, at in due.items() if at <= monotonic()]:
                del due[place]
                self._fork(place)
            patience = max(min(due.values()) - monotonic(), 0) if due else None
            if self._signals.wait(self._accepting, patience):
                os.read(self._accepting, 512)

    def stop(self) -> None:
        """Let every worker end gracefully, as long as it may take and nobody insists."""
        self._signal(signal.SIGTERM)
        deadline = monotonic() + GRACE + _CLOSING
        while self._workers and (left := deadline - monotonic()) > 0:
            if len(self._signals.stops) > 1:
                self.kill()
                os._exit(128 + self._signals.stops[-1])
            if self._signals.wait(self._accepting, left):
                os.read(self._accepting, 512)
            self._reap()

    def kill(self) -> None:
        """End what is left, at once."""
        self._signal(signal.SIGKILL)
        for pid in self._workers:
            os.waitpid(pid, 0)
        self._workers.clear()

    def _fork(self, place: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = self._signals.fork()
        if pid:
            self._workers[pid] = _Worker(pid, place, monotonic())
            return
        code = Failed.exit_code
        try:
            code = self._work(place)
            _flush_logs()
        finally:
            os._exit(code)  # what the parent has begun is not to be ended here

    def _work(self, place: int) -> int:
        """Be a worker, and return its exit code."""
        self._lifeline.tie()
        try:
            process.work(self._served, place, lambda: _tell(self._accepts), self._lifeline)
        except Problem as problem:
            _log.error("a worker gave up: %s", problem.message)
            return problem.exit_code
        except Exception:
            _log.exception("a worker broke down")
            return Failed.exit_code
        return 0

    def _reap(self) -> list[_Worker]:
        """Return the workers that have ended."""
        ended = [pid for pid in self._workers if os.waitpid(pid, os.WNOHANG)[0]]
        return [self._workers.pop(pid) for pid in ended]

    def _pause(self, worker: _Worker) -> float:
        """Return how long a successor waits: ever longer where one after the other dies early."""
        self._early = self._early + 1 if monotonic() - worker.born < _SOON else 0
        pause = min(2.0 ** (self._early - 2), _LONGEST_PAUSE) if self._early > 1 else 0.0
        _log.warning("worker %d ended; another takes its place in %.0f s", worker.pid, pause)
        return pause

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._workers:
            os.kill(pid, number)


def _tell(pipe: int) -> None:
    os.write(pipe, b".")


def _flush_logs() -> None:
    """Let what was logged last still be written, which the end of this process would cut off."""
    for handler in logging.getLogger().handlers:
        handler.flush()
