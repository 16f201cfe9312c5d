"""What is opened as a database, and what is refused and left as it was."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import meta, sqlite
from protekt_cli.store.database import APPLICATION_ID, SCHEMA_VERSION, Store, View


def foreign(path: Path) -> None:
    """Make somebody else's SQLite database."""
    path.write_bytes(b"")
    connection = sqlite.open_existing(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def of_version(version: int) -> Callable[[Path], None]:
    """Make a database of ours, of another schema."""

    def make(path: Path) -> None:
        foreign(path)
        connection = sqlite.open_existing(path)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()

    return make


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (lambda path: None, "there is no database", "protekt init"),
        (lambda path: path.write_text("to do: buy milk\n" * 100), "not a database", None),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(4000)), "database", None),
        (lambda path: path.write_bytes(b""), "is not a Protekt database", "--db"),
        (Path.mkdir, "unable to open", None),
        (foreign, "is not a Protekt database", "--db"),
        (of_version(SCHEMA_VERSION + 1), "newer Protekt", None),
        (of_version(SCHEMA_VERSION - 1), "older schema", "protekt db migrate"),
    ],
    ids=["missing", "text", "header", "empty", "folder", "foreign", "newer", "older"],
)
def test_what_is_no_database_of_this_version_is_refused(
    tmp_path: Path,
    clock: Clock,
    make: Callable[[Path], object],
    message: str,
    hint: str | None,
) -> None:
    """With exit 6, a word on what it is, and not one byte of it changed."""
    path = tmp_path / "some.db"
    make(path)
    before = {each: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}

    with pytest.raises(StoreUnavailable, match=message) as caught:
        Store.open(path, clock)

    after = {each: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    assert after == before
    assert caught.value.exit_code == 6
    assert str(path) in caught.value.message
    assert hint is None or hint in str(caught.value.hint)


def test_a_name_that_cannot_be_is_no_database(tmp_path: Path, clock: Clock) -> None:
    """One that is too long for the system, for example."""
    with pytest.raises(StoreUnavailable):
        Store.open(tmp_path / ("x" * 300), clock)


def test_a_database_is_read_through_a_link(path: Path, clock: Clock) -> None:
    """Only what is made new is not made through one."""
    link = path.with_name("link.db")
    link.symlink_to(path)

    store = Store.open(link, clock)
    store.submit(lambda transaction: meta.put(transaction, "name", "value"))
    store.close()

    store = Store.open(path, clock)
    assert store.read(lambda view: meta.find(view, "name")) == "value"
    store.close()


def test_a_damaged_page_is_reported_as_such(path: Path, clock: Clock) -> None:
    """A store that is open says what is wrong, and goes on with what is whole."""
    store = Store.open(path, clock)
    root, size = store.read(
        lambda view: (
            view.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'users'")[0][0],
            view.rows("PRAGMA page_size")[0][0],
        )
    )
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)

    def find_users(view: View) -> object:
        return view.rows("SELECT * FROM users")

    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.read(find_users)
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.submit(find_users)
    [outcome] = store.submit_all([find_users])

    assert isinstance(outcome.error, StoreUnavailable)
    assert store.read(lambda view: view.rows("SELECT * FROM meta")) == []
    store.close()


def test_without_its_own_library_a_database_keeps_a_rollback_journal(tmp_path: Path) -> None:
    """Where only an affected SQLite is to be had, slower and as durable."""
    program = """
import sys
sys.modules["pysqlite3"] = None  # as where there is no wheel of it
from pathlib import Path
from protekt_cli.clock import Clock
from protekt_cli.store import meta, migrations, sqlite
from protekt_cli.store.database import Store

assert sqlite.Connection.__module__ == "sqlite3", sqlite.Connection
sqlite.VERSION = (3, 40, 1)
sqlite.has_wal_reset_bug.__defaults__ = (sqlite.VERSION,)
path = Path(sys.argv[1])
migrations.create(path, Clock(), lambda store: None)
store = Store.open(path, Clock())
store.submit(lambda transaction: meta.put(transaction, "name", "value"))
print(*store.read(lambda view: (
    view.one("PRAGMA journal_mode")[0],
    view.one("PRAGMA synchronous")[0],
    meta.find(view, "name"),
)))
store.close()
"""

    run = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "protekt.db"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.stdout, run.stderr) == ("delete 3 value\n", "")
