"""Giving a database's free pages back to the disk."""

from __future__ import annotations

from pathlib import Path

from protekt_cli.store import sqlite
from protekt_cli.store.patience import patiently


def vacuum(path: Path) -> tuple[int, int]:
    """Write the database anew without its gaps, and return its bytes before and after.

    Raises:
        StoreUnavailable: It stayed busy, or the disk is full; nothing was changed.
    """
    connection = patiently(path, lambda: sqlite.open_existing(path))
    try:
        before = _size(connection)
        patiently(path, lambda: connection.execute("VACUUM"))
        # Where others read on in the log it stays, and the last of them takes it away.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return before, _size(connection)
    finally:
        connection.close()


def _size(connection: sqlite.Connection) -> int:
    statement = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    size: int = connection.execute(statement).fetchone()[0]
    return size
