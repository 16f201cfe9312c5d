"""The database: one connection, its transactions, and patience with other processes.

Reading is `store.read(query)`, a function of a view of one snapshot. Writing is
`store.submit(operation)`, a function of a transaction that begins IMMEDIATE, so that what it read
still holds when it writes; when `submit` returns, the change is on disk. A view carries the one
`now` of its operation, read after the lock was won.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from protekt_cli import files
from protekt_cli.clock import Clock, Instant, monotonic
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import sqlite

T = TypeVar("T")
Row = tuple[Any, ...]

#: Marks a file as ours, in SQLite's own header ("Prtk").
APPLICATION_ID = 0x5072746B
#: The schema that this version reads and writes: how many migrations it has.
SCHEMA_VERSION = 1
#: Seconds that a busy database is waited for.
PATIENCE = 5.0


class View:
    """One consistent snapshot to read from, at one `now`."""

    __slots__ = ("_connection", "now")

    def __init__(self, connection: sqlite.Connection, now: Instant) -> None:
        self._connection = connection
        self.now = now

    def one(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """Return the first row, or None."""
        row: Row | None = self._connection.execute(statement, parameters or {}).fetchone()
        return row

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Return all rows."""
        return self._connection.execute(statement, parameters or {}).fetchall()


class Transaction(View):
    """A snapshot that nobody else can change meanwhile, and that can be written to."""

    __slots__ = ()

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Execute a statement and return how many rows it changed."""
        return self._connection.execute(statement, parameters or {}).rowcount


Operation = Callable[[Transaction], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one operation of a group returned or raised."""

    result: Any = None
    error: Exception | None = None


class Store:
    """One open database. It belongs to one thread at a time."""

    def __init__(self, path: Path, connection: sqlite.Connection, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self._connection = connection

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Store:
        """Open the database at *path* if it is there and of this version's schema.

        Raises:
            StoreUnavailable: It is missing, unreadable, foreign, or of another schema.
        """
        if not files.is_there(path):
            raise StoreUnavailable(
                f"there is no database at {path}", hint="make one with: protekt init"
            )
        # Whoever closes a database last takes its log away, and holds it for that moment.
        connection = patiently(path, lambda: sqlite.open_existing(path))
        store = cls(path, connection, clock)
        try:
            store._check_schema()
            store._set_journal_mode()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._connection.close()

    def read(self, query: Callable[[View], T]) -> T:
        """Return what *query* finds in one snapshot. It may be run again if the store is busy."""
        return patiently(self.path, lambda: self._read_once(query))

    def submit(self, operation: Callable[[Transaction], T]) -> T:
        """Run *operation* in a write transaction of its own and commit it durably.

        Raises:
            StoreUnavailable: The store stayed busy, or could not be written; nothing was changed.
        """
        with self._writing():
            return operation(Transaction(self._connection, self.clock.now()))

    def submit_all(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Run each operation in a savepoint of its own, commit once, and return what each gave."""
        try:
            with self._writing():
                return [self._submit_one(operation) for operation in operations]
        except StoreUnavailable as error:
            return [Outcome(error=error)] * len(operations)

    def _submit_one(self, operation: Operation) -> Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT operation")
        try:
            outcome = Outcome(operation(Transaction(connection, self.clock.now())))
        except sqlite.OperationalError:
            raise  # the disk's fault: the group fails as a whole
        except Exception as error:
            connection.execute("ROLLBACK TO operation")
            outcome = Outcome(error=error)
        connection.execute("RELEASE operation")
        return outcome

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the write lock, and commit what was written, or nothing of it."""
        connection = self._connection
        patiently(self.path, lambda: connection.execute("BEGIN IMMEDIATE"))
        try:
            with _reported(self.path):
                yield
            patiently(self.path, lambda: connection.execute("COMMIT"))
        finally:
            if connection.in_transaction:
                with suppress(sqlite.Error):  # a full disk may have rolled back by itself
                    connection.execute("ROLLBACK")

    def _read_once(self, query: Callable[[View], T]) -> T:
        connection = self._connection
        connection.execute("BEGIN")
        try:
            return query(View(connection, self.clock.now()))
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")

    def _check_schema(self) -> None:
        application_id, version = patiently(
            self.path,
            lambda: (
                self._connection.execute("PRAGMA application_id").fetchone()[0],
                self._connection.execute("PRAGMA user_version").fetchone()[0],
            ),
        )
        if application_id != APPLICATION_ID:
            raise StoreUnavailable(
                f"{self.path} is not a Protekt database",
                hint="name another with --db, or move it away and run: protekt init",
            )
        if version > SCHEMA_VERSION:
            raise StoreUnavailable(
                f"{self.path} was made by a newer Protekt", hint="install that version or a newer"
            )
        if version < SCHEMA_VERSION:
            raise StoreUnavailable(
                f"{self.path} has an older schema",
                hint="bring it up to date with: protekt db migrate",
            )

    def _set_journal_mode(self) -> None:
        wanted = sqlite.journal_mode()
        current = patiently(
            self.path, lambda: self._connection.execute("PRAGMA journal_mode").fetchone()[0]
        )
        if current != wanted:
            patiently(
                self.path, lambda: self._connection.execute(f"PRAGMA journal_mode = {wanted}")
            )


def patiently(path: Path, attempt: Callable[[], T]) -> T:
    """Return what *attempt* returns, tried again in short steps while another process writes.

    SQLite's own busy handler backs off to 100 ms, and starves beside a process that writes in a
    tight loop.
    """
    deadline = monotonic() + PATIENCE
    while True:
        try:
            with _reported(path):
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
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite.Error as error:
        if sqlite.is_busy(error):
            raise Busy(
                f"the database {path} is busy",
                hint=f"another process has held it for {PATIENCE:.0f} seconds; try again",
            ) from error
        raise StoreUnavailable(
            f"the database {path} cannot be used: {error}",
            hint="check the disk and the file's owner and mode",
        ) from error
