"""The database: one connection, and its transactions.

Reading is `store.read(query)`, a function of a view of one snapshot. Writing is
`store.submit(operation)`, a function of a transaction that begins IMMEDIATE, so that what it read
still holds when it writes; when `submit` returns, the change is on disk. A view carries the one
`now` of its operation, read after the lock was won.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from protekt_cli import files
from protekt_cli.clock import Clock, Instant
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import sqlite
from protekt_cli.store.patience import FAULTS, Busy, fault, patiently, reported
from protekt_cli.store.place import Afterwards, Place

T = TypeVar("T")
Row = tuple[Any, ...]

#: Marks a file as ours, in SQLite's own header ("Prtk").
APPLICATION_ID = 0x5072746B
#: The schema that this version reads and writes: how many migrations it has.
SCHEMA_VERSION = 2


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

    def run_each(self, statement: str, parameters: Iterable[Mapping[str, Any]]) -> None:
        """Execute a statement once with each of the parameters."""
        self._connection.executemany(statement, parameters)


Operation = Callable[[Transaction], Any]

_FIND_MARK = "SELECT 1 FROM meta WHERE name = 'dev'"
_FIND_OFFSET = "SELECT value FROM meta WHERE name = 'clock_offset'"


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
        self._place = Place(path)
        #: Whether the clock may have been moved: known from the mark, so that others pay nothing.
        self._is_marked = False

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Store:
        """Open the database at *path* if it is there and of this version's schema.

        Raises:
            StoreUnavailable: It is missing, unreadable, foreign, or of another schema.
        """
        store = cls(path, _connect(path), clock)
        try:
            store._check_schema()
            store._set_journal_mode()
            store.look_for_mark()
        except BaseException:
            store.close()
            raise
        return store

    def beside(self) -> Store:
        """Open the same database once more: for another thread, which closes it."""
        return Store.open(self.path, self.clock)

    def close(self) -> None:
        self._connection.close()

    def look_for_mark(self) -> None:
        """Find out whether the database is one for development, whose clock can be moved."""
        row = patiently(self.path, lambda: self._connection.execute(_FIND_MARK).fetchone())
        self._is_marked = row is not None

    def now(self) -> Instant:
        """Return what time it is for this database: a view carries its own."""
        if not self._is_marked:
            return self.clock.now()
        return self.read(lambda view: view.now)

    def read(self, query: Callable[[View], T]) -> T:
        """Return what *query* finds in one snapshot. It may be run again if the store is busy."""
        self._follow_path()
        return patiently(self.path, lambda: self._read_once(query))

    def look_up(self, query: Callable[[View], T]) -> T:
        """Return what a *query* of one statement finds, which alone is a snapshot of its own.

        It is what each request asks. Beginning and ending a transaction would let go of the
        interpreter four times more, for whichever thread waits for it to take it away.
        """
        self._follow_path()
        try:
            return query(View(self._connection, self._now()))
        except FAULTS:  # rare enough to ask once more
            return patiently(self.path, lambda: query(View(self._connection, self._now())))

    def look_once(self, afterwards: Afterwards) -> None:
        """Look for another file at the path once for all reads that wait, as `Place` has it."""
        self._place.look_once(afterwards)

    def submit(self, operation: Callable[[Transaction], T]) -> T:
        """Run *operation* in a write transaction of its own and commit it durably.

        Raises:
            StoreUnavailable: The store stayed busy, or could not be written; nothing was changed.
        """
        with self._writing():
            return operation(Transaction(self._connection, self._now()))

    def submit_all(
        self, operations: Sequence[Operation], until: float | None = None
    ) -> list[Outcome]:
        """Run each operation in a savepoint of its own, commit once, and return what each gave.

        Args:
            until: When to give up a busy store, where the waiting began before.
        """
        try:
            with self._writing(until):
                return [self._submit_one(operation) for operation in operations]
        except Exception as error:  # whatever it is, somebody waits to hear of it
            return [Outcome(error=error)] * len(operations)

    def empty_log(self) -> None:
        """Move the whole log into the database, so that nothing older is left to be read in it.

        Raises:
            StoreUnavailable: Another connection kept reading from it.
        """
        patiently(self.path, self._empty_log_once)

    def _empty_log_once(self) -> None:
        row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row[0]:
            raise Busy(f"the log of {self.path} is busy", hint="try again")

    def _submit_one(self, operation: Operation) -> Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT operation")
        try:
            outcome = Outcome(operation(Transaction(connection, self._now())))
        except sqlite.OperationalError:
            raise  # the disk's fault: the group fails as a whole
        except Exception as error:
            connection.execute("ROLLBACK TO operation")
            outcome = Outcome(error=fault(self.path, error) if isinstance(error, FAULTS) else error)
        connection.execute("RELEASE operation")
        return outcome

    @contextmanager
    def _writing(self, until: float | None = None) -> Iterator[None]:
        """Hold the write lock, and commit what was written, or nothing of it."""
        self._follow_path()
        connection = self._connection
        patiently(self.path, lambda: connection.execute("BEGIN IMMEDIATE"), until)
        try:
            with reported(self.path):
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
            return query(View(connection, self._now()))
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")

    def _now(self) -> Instant:
        """Read the clock, and by how much it is moved in the snapshot that is open."""
        if not self._is_marked:
            return self.clock.now()
        row = self._connection.execute(_FIND_OFFSET).fetchone()
        return self.clock.now().moved(row[0] if row else 0)

    def _follow_path(self) -> None:
        """Open the database anew that stands at the path, where another took the file's place."""
        if self._place.is_as_found():
            return
        anew = Store.open(self.path, self.clock)
        self._connection.close()
        self._connection, self._is_marked = anew._connection, anew._is_marked
        self._place.follow(anew._place)

    def _check_schema(self) -> None:
        if identify(self.path, self._connection) < SCHEMA_VERSION:
            raise older_schema(self.path)

    def _set_journal_mode(self) -> None:
        wanted = sqlite.journal_mode()
        current = patiently(
            self.path, lambda: self._connection.execute("PRAGMA journal_mode").fetchone()[0]
        )
        if current != wanted:
            patiently(
                self.path, lambda: self._connection.execute(f"PRAGMA journal_mode = {wanted}")
            )


def _connect(path: Path) -> sqlite.Connection:
    if not files.is_there(path):
        raise StoreUnavailable(
            f"there is no database at {path}",
            hint="make one with: protekt init; or bring one back: protekt db restore FILE",
        )
    # Whoever closes a database last takes its log away, and holds it for that moment.
    return patiently(path, lambda: sqlite.open_existing(path))


def identify(path: Path, connection: sqlite.Connection) -> int:
    """Return the version of the schema, which may be an older one.

    Raises:
        StoreUnavailable: The database is not ours, or of a newer version.
    """
    application_id, version = patiently(
        path,
        lambda: (
            connection.execute("PRAGMA application_id").fetchone()[0],
            connection.execute("PRAGMA user_version").fetchone()[0],
        ),
    )
    if application_id != APPLICATION_ID:
        raise StoreUnavailable(
            f"{path} is not a Protekt database",
            hint="name another with --db, or move it away and run: protekt init",
        )
    if version > SCHEMA_VERSION:
        raise StoreUnavailable(
            f"{path} was made by a newer Protekt", hint="install that version or a newer"
        )
    return int(version)


def older_schema(path: Path) -> StoreUnavailable:
    """Return the refusal of a database that has to be migrated first."""
    return StoreUnavailable(
        f"{path} has an older schema", hint="bring it up to date with: protekt db migrate"
    )
