"""Copies of a database, taken while others write to it: one snapshot, whole, in a file of its own.

The copy keeps a rollback journal, so that it is one file to carry away and nothing beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protekt_cli.store import sqlite
from protekt_cli.store.patience import patiently

#: Told how much is done, from 0 to 1, or None where that is not known. What it raises ends the
#: work.
Progress = Callable[[float | None], object]

#: Pages that are copied between two looks at whether somebody interrupts.
_STEP = 512


def copy_live(source: Path, target: Path, progress: Progress, *, named: Path) -> None:
    """Copy a database that may be in use into the empty file *target*.

    Args:
        named: What the copy is called in an error.

    Raises:
        StoreUnavailable: Either cannot be used, or the disk is full.
    """
    connection = patiently(source, lambda: sqlite.open_existing(source))
    try:
        _copy(connection, source, target, progress, named)
    finally:
        connection.close()


def copy_still(source: Path, target: Path, progress: Progress) -> None:
    """Copy somebody's backup, of which not a byte is changed, into the empty file *target*.

    Raises:
        StoreUnavailable: It is not a database, or cannot be read.
    """
    connection = patiently(source, lambda: sqlite.open_still(source))
    try:
        _copy(connection, source, target, progress, source)
    finally:
        connection.close()


def _copy(
    source: sqlite.Connection, path: Path, target: Path, progress: Progress, named: Path
) -> None:
    def report(_: int, remaining: int, total: int) -> None:
        progress(1 - remaining / total if total else None)

    # One snapshot for all steps: without it, the copy begins anew whenever somebody writes.
    patiently(path, lambda: _begin(source))
    copy = sqlite.open_existing(target)
    try:
        patiently(named, lambda: source.backup(copy, pages=_STEP, progress=report))
        patiently(named, lambda: copy.execute("PRAGMA journal_mode = DELETE"))
    finally:
        copy.close()


def _begin(connection: sqlite.Connection) -> None:
    if not connection.in_transaction:
        connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
