"""The SQLite library that the whole process uses, and what its version allows.

Two SQLite libraries that open one database in one process corrupt it, so nothing else imports
one. SQLite 3.7.0 to 3.51.2 can lose committed writes when two connections write and checkpoint a
write-ahead log at once; a server beside a command line is just that, so with such a library the
database keeps a rollback journal instead (slower, and safe).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3  # noqa: TID251 - the types of both libraries are the same
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3  # noqa: TID251 - where there is no wheel of pysqlite3

Connection = sqlite3.Connection
Error = sqlite3.Error
OperationalError = sqlite3.OperationalError

VERSION = sqlite3.sqlite_version_info

#: What SQLite lays beside a database, after its name.
LOGS = ("-wal", "-shm", "-journal")

#: Statements kept prepared for each connection; more than Protekt has.
_PREPARED = 256


def has_wal_reset_bug(version: tuple[int, ...] = VERSION) -> bool:
    """Whether this version may lose committed writes in a write-ahead log."""
    return (3, 7, 0) <= version <= (3, 51, 2)


def open_existing(path: Path) -> Connection:
    """Open a database that is there, in autocommit: transactions are begun by hand.

    Raises:
        Error: It is not there, is not a database, or cannot be opened.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=0,  # the store waits in steps of its own
        cached_statements=_PREPARED,
        check_same_thread=False,  # the writer opens here and works in its thread
    )
    try:
        for pragma in _pragmas():
            connection.execute(pragma)
    except Error:
        connection.close()
        raise
    return connection


def open_still(path: Path) -> Connection:
    """Open somebody's copy of a database for reading alone, and change nothing of it.

    SQLite lays its `-shm` beside one that has a log; beside any other, nothing.

    Raises:
        Error: It is not there, is not a database, or cannot be opened.
    """
    path = path.resolve()
    # Whatever has a database open keeps a log beside it; without one nothing changes the file.
    in_use = any(path.with_name(path.name + log).exists() for log in ("-wal", "-journal"))
    return sqlite3.connect(
        f"{path.as_uri()}?{'mode=ro' if in_use else 'immutable=1'}",
        uri=True,
        isolation_level=None,
        timeout=0,
    )


def open_in_memory() -> Connection:
    """Open a new, empty database that is no file."""
    return sqlite3.connect(":memory:", isolation_level=None)


def is_busy(error: Error) -> bool:
    """Whether another connection holds the lock, so that waiting can help."""
    return getattr(error, "sqlite_errorcode", None) in _BUSY or "is locked" in str(error)


def is_interrupted(error: Error) -> bool:
    """Whether a statement was given up because its progress handler raised."""
    return getattr(error, "sqlite_errorcode", None) == _INTERRUPT


def is_out_of_reach(error: Error) -> bool:
    """Whether the file could not be got at, so that nothing is known of what is in it."""
    return is_busy(error) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUT_OF_REACH


def journal_mode() -> str:
    """Return the journal mode that is safe with this library."""
    return "delete" if has_wal_reset_bug() else "wal"


def _pragmas() -> tuple[str, ...]:
    # An answer means that it is on disk: FULL syncs the log at each commit, EXTRA the folder of
    # a rollback journal too.
    synchronous = "EXTRA" if has_wal_reset_bug() else "FULL"
    return (
        f"PRAGMA synchronous = {synchronous}",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",
        "PRAGMA trusted_schema = OFF",
        "PRAGMA cache_size = -16384",
    )


_BUSY = frozenset({5, 6, 261, 517})  # SQLITE_BUSY, LOCKED, BUSY_RECOVERY, BUSY_SNAPSHOT
_INTERRUPT = 9  # SQLITE_INTERRUPT
_OUT_OF_REACH = frozenset({3, 8, 14, 23})  # SQLITE_PERM, READONLY, CANTOPEN, AUTH
