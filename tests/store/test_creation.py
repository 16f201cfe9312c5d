"""A new database: private, whole, and set up so that an answer means it is on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.store import meta, migrations, sqlite
from protekt_cli.store.database import APPLICATION_ID, SCHEMA_VERSION, Store


@pytest.fixture(params=[0o000, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The loosest umask, a strict and an absurd one."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_database_is_private_under_any_umask(tmp_path: Path, clock: Clock) -> None:
    """And so are the files that SQLite lays beside it."""
    path = tmp_path / "protekt.db"
    migrations.create(path, clock, lambda store: None)

    store = Store.open(path, clock)
    store.submit(lambda transaction: meta.put(transaction, "name", "value"))
    modes = {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in tmp_path.iterdir()}
    store.close()

    assert modes == dict.fromkeys(("protekt.db", "protekt.db-wal", "protekt.db-shm"), "0o600")


def test_a_commit_is_synced(store: Store) -> None:
    """A write-ahead log, synced at each commit, and what is deleted overwritten."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "trusted_schema")

    values = store.read(lambda view: [view.rows(f"PRAGMA {name}")[0][0] for name in pragmas])

    assert values == ["wal", 2, 1, 1, 0]


def test_a_database_says_what_it_is(store: Store) -> None:
    """In SQLite's own header."""
    ours = store.read(
        lambda view: (view.one("PRAGMA application_id"), view.one("PRAGMA user_version"))
    )

    assert ours == ((APPLICATION_ID,), (SCHEMA_VERSION,))


def test_every_table_is_strict(store: Store) -> None:
    """A number stays a number; the migrations' own record is sqlite-utils' and is not ours."""
    tables = store.read(
        lambda view: view.rows("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
    )

    loose = {name for name, strict in tables if not strict and not name.startswith("sqlite_")}
    assert loose == {"_sqlite_migrations"}
    assert {"users", "devices", "sessions", "events", "meta"} <= {name for name, _ in tables}


def test_a_reference_to_nothing_is_refused(store: Store) -> None:
    """No device without its user."""
    with pytest.raises(StoreUnavailable, match="FOREIGN KEY"):
        store.submit(
            lambda transaction: transaction.run(
                "INSERT INTO devices (id, user_id, name, kind, first_seen_at, last_seen_at)"
                " VALUES ('dev_a', 'user_nobody', '', '', 0, 0)"
            )
        )


def test_a_file_that_is_there_is_not_overwritten(path: Path, clock: Clock) -> None:
    """Not even by the same database."""
    before = path.read_bytes()

    with pytest.raises(Conflict):
        migrations.create(path, clock, lambda store: None)

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["protekt.db"]


def test_a_database_appears_whole_or_not_at_all(tmp_path: Path, clock: Clock) -> None:
    """Until it is furnished nobody can open it, and if it never is nothing is left."""
    path = tmp_path / "protekt.db"
    seen = []

    def furnish(store: Store) -> None:
        seen.append(path.exists())
        store.submit(lambda transaction: meta.put(transaction, "name", "value"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrations.create(path, clock, furnish)

    assert seen == [False]
    assert list(tmp_path.iterdir()) == []


def test_no_database_is_made_through_a_link(tmp_path: Path, clock: Clock) -> None:
    """Nothing appears where it points to."""
    link, target = tmp_path / "protekt.db", tmp_path / "target"
    link.symlink_to(target)

    with pytest.raises(StoreUnavailable, match="symbolic link"):
        migrations.create(link, clock, lambda store: None)

    assert not target.exists()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_a_library_that_loses_commits_is_known(version: tuple[int, ...], affected: bool) -> None:
    """SQLite 3.7.0 to 3.51.2 keep no write-ahead log here."""
    assert sqlite.has_wal_reset_bug(version) == affected
