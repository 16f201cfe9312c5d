"""Patience with a database that other processes write to, and its faults as ours.

Every statement of the store goes through here; what is not a busy lock is not tried again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from protekt_cli.clock import monotonic
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import sqlite

T = TypeVar("T")

#: Seconds that a busy database is waited for.
PATIENCE = 5.0


def patiently(path: Path, attempt: Callable[[], T], until: float | None = None) -> T:
    """Return what *attempt* returns, tried again in short steps while another process writes.

    SQLite's own busy handler backs off to 100 ms, and starves beside a process that writes in a
    tight loop.

    Args:
        until: When to give up, where the waiting began before.
    """
    deadline = monotonic() + PATIENCE if until is None else until
    while True:
        try:
            with reported(path):
                return attempt()
        except Busy:
            if monotonic() >= deadline:
                raise
        time.sleep(_short_step())


def _short_step() -> float:
    """Return 0.5 to 4.5 ms, spread so that two who wait do not meet again."""
    return 0.0005 + os.urandom(1)[0] / 64_000


class Busy(StoreUnavailable):
    """Another connection holds the lock."""


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Raise what SQLite says as what it is to us: a busy store, or one that cannot be used.

    Raises:
        StoreUnavailable: SQLite failed within the block.
    """
    try:
        yield
    except FAULTS as error:
        raise fault(path, error) from error


#: What SQLite raises; where a damaged name is part of its message, that is no text.
FAULTS = (sqlite.Error, UnicodeDecodeError)


def fault(path: Path, error: Exception) -> StoreUnavailable:
    """Return what one of `FAULTS` is to us."""
    if isinstance(error, UnicodeDecodeError):
        return StoreUnavailable(
            f"the database {path} cannot be used: its schema is damaged",
            hint="see: protekt db check",
        )
    if isinstance(error, sqlite.Error) and sqlite.is_busy(error):
        return Busy(
            f"the database {path} is busy",
            hint=f"another process has held it for {PATIENCE:.0f} seconds; try again",
        )
    return StoreUnavailable(
        f"the database {path} cannot be used: {error}",
        hint="check the disk and the file's owner and mode",
    )
