"""Looking for damage in a database file: what SQLite finds itself, and what we know of ours.

Nothing is changed, and nothing is opened that the master key seals. A damaged file yields a list
of what is wrong with it; an error means that it could not be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protekt_cli.errors import EndReason, StoreUnavailable
from protekt_cli.store import migrations, sqlite
from protekt_cli.store.copying import Progress
from protekt_cli.store.database import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    identify,
    older_schema,
)
from protekt_cli.store.patience import patiently

#: Findings of SQLite's own that are named; after that many, nobody reads on.
_MOST = 100
#: SQLite's instructions between two looks at whether somebody interrupts.
_STEP = 50_000
#: What a column holds, as JSON.
_JSON = {
    ("users", "metadata"): "object",
    ("sessions", "amr"): "array",
    ("sessions", "claims"): "object",
    ("signing_keys", "public"): "object",
    ("events", "data"): "object",
}
_END_REASONS = ", ".join(f"'{reason}'" for reason in EndReason)

_Look = Callable[[sqlite.Connection], list[str]]


def find_damage(path: Path, progress: Progress) -> list[str]:
    """Return what SQLite itself finds wrong, in a database of any version.

    Raises:
        StoreUnavailable: It cannot be got at.
    """
    return _inspect(path, progress, (_corruption,))


def find_oddities(path: Path, progress: Progress) -> list[str]:
    """Return what is not as this version makes it, in a database that SQLite can read.

    Raises:
        StoreUnavailable: It cannot be got at, or is of another version.
    """

    def version(connection: sqlite.Connection) -> list[str]:
        if identify(path, connection) < SCHEMA_VERSION:
            raise older_schema(path)
        return []

    return _inspect(path, progress, (version, _schema, _values, _holes, _keys))


def is_foreign(path: Path) -> bool:
    """Whether a whole database with tables in it is another program's."""
    try:
        connection = sqlite.open_still(path)
        try:
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            return tables > 0 and not _is_ours(connection)
        finally:
            connection.close()
    except sqlite.Error:
        return False


def _inspect(path: Path, progress: Progress, looks: tuple[_Look, ...]) -> list[str]:
    try:
        connection = patiently(path, lambda: _open(path, progress))
    except StoreUnavailable as error:
        return [_finding(error)]
    try:
        found = [fault for look in looks for fault in _attempt(path, connection, look)]
    finally:
        connection.close()
    return list(dict.fromkeys(found))


def _open(path: Path, progress: Progress) -> sqlite.Connection:
    def step() -> int:
        progress(None)
        return 0

    connection = sqlite.open_existing(path)
    try:
        connection.set_progress_handler(step, _STEP)
        # A damaged text is a finding, not an error of ours.
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        connection.execute("BEGIN")
        if not _is_ours(connection):
            raise sqlite.Error(f"{path} is not a Protekt database")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_ours(connection: sqlite.Connection) -> bool:
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    return bool(application_id == APPLICATION_ID)


def _attempt(path: Path, connection: sqlite.Connection, look: _Look) -> list[str]:
    try:
        return patiently(path, lambda: look(connection))
    except StoreUnavailable as error:
        return [_finding(error)]
    except MemoryError:
        return ["a value has an impossible size"]


def _finding(error: StoreUnavailable) -> str:
    """Return what an error says of the file, or raise it where it is about getting at it."""
    cause = error.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return "a name in the schema is damaged"
    if not isinstance(cause, sqlite.Error) or sqlite.is_out_of_reach(cause):
        raise error
    if sqlite.is_interrupted(cause):
        raise KeyboardInterrupt from error
    return str(cause)


def _corruption(connection: sqlite.Connection) -> list[str]:
    rows = connection.execute(f"PRAGMA integrity_check({_MOST})").fetchall()
    faults = [" ".join(text.split()) for (text,) in rows if text != "ok"]
    strays: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        strays[table, parent] = strays.get((table, parent), 0) + 1
    return faults + [
        f"{count} of {table} belong to {parent} that are not there"
        for (table, parent), count in strays.items()
    ]


def _schema(connection: sqlite.Connection) -> list[str]:
    expected = {row[:2]: row[2] for row in migrations.expected_schema()}
    present = {row[:2]: row[2] for row in connection.execute(migrations.SCHEMA)}
    return [
        *(f"the {' '.join(each)} is missing" for each in expected if each not in present),
        *(f"the {' '.join(each)} is none of ours" for each in present if each not in expected),
        *(
            f"the {' '.join(each)} is not as it was made"
            for each in expected
            if each in present and present[each] != expected[each]
        ),
    ]


def _values(connection: sqlite.Connection) -> list[str]:
    faults = []
    for (table, column), kind in _JSON.items():
        bad = _count(
            connection,
            f"{table} WHERE {column} IS NOT NULL AND"
            f" CASE WHEN json_valid({column}) THEN json_type({column}) ELSE '' END <> '{kind}'",
        )
        if bad:
            faults.append(f"{bad} of {table} have no JSON {kind} in {column}")
    bad = _count(connection, f"sessions WHERE end_reason NOT IN ({_END_REASONS})")
    return [*faults, f"{bad} of sessions have an unknown end_reason"] if bad else faults


def _holes(connection: sqlite.Connection) -> list[str]:
    pruned = connection.execute("SELECT value FROM meta WHERE name = 'checkpoint_seq'").fetchone()
    row = connection.execute("SELECT count(*), min(seq), max(seq) FROM events").fetchone()
    count, first, last = row
    start = (pruned[0] if pruned else 0) + 1
    if not count or (first == start and last - first + 1 == count):
        return []
    return [f"the events have holes: there are {count} from {start} to {last}"]


def _keys(connection: sqlite.Connection) -> list[str]:
    return [
        f"there is no {status} signing key"
        for status in ("active", "next")
        if not _count(connection, f"signing_keys WHERE status = '{status}'")
    ]


def _count(connection: sqlite.Connection, condition: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {condition}").fetchone()[0]
    return count
