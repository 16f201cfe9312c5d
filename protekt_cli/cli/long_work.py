"""Work that takes its time: how far it is, on a terminal, and how it is broken off.

What is drawn goes to stderr, only after half a second, and is gone at the end.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from protekt_cli.cli.invocation import Invocation
from protekt_cli.clock import monotonic

#: Seconds before anything is drawn, and between two drawings.
_PATIENCE = 0.5
_PAUSE = 0.1
_WIDTH = 30


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and a lost terminal break work off as Ctrl-C does, so that it leaves nothing."""
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress_of(invocation: Invocation, name: str) -> Iterator[Callable[[float | None], None]]:
    """Give a function that is told how much is done, from 0 to 1, or None where nobody knows."""
    if invocation.is_quiet or not sys.stderr.isatty():
        yield _draw_nothing
        return
    bar = _Bar(name)
    try:
        yield bar.draw
    finally:
        bar.clear()


class _Bar:
    def __init__(self, name: str) -> None:
        self._name = name
        self._began = monotonic()
        self._due = self._began + _PATIENCE
        self._width = 0

    def draw(self, done: float | None) -> None:
        now = monotonic()
        if now < self._due:
            return
        self._due = now + _PAUSE
        if done is None:
            line = f"{self._name}: {now - self._began:.0f} s"
        else:
            filled = round(done * _WIDTH)
            line = f"{self._name}: [{'#' * filled}{'.' * (_WIDTH - filled)}] {done:4.0%}"
        self._write(line)

    def clear(self) -> None:
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()
        self._width = max(self._width, len(line))


def _draw_nothing(done: float | None) -> None:
    """Stands for the bar where there is no terminal."""


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
