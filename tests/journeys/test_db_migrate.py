"""An older schema: refused by every command but the one that brings it up."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from protekt_cli.store import migrations, sqlite
from protekt_cli.store.database import APPLICATION_ID
from tests.journeys.installation import EMAIL, PROTEKT, Installation
from tests.journeys.restoring import change


@pytest.fixture
def older(installation: Installation) -> Installation:
    """The installation in a database of the first schema, as its first migration makes it."""
    assert 0 == installation.run("token", "issue", EMAIL).code
    content = installation.folder / "content.db"
    installation.database.rename(content)
    installation.database.touch(0o600)
    connection = sqlite.open_existing(installation.database)
    connection.execute("PRAGMA journal_mode = WAL")
    database = Database(connection, execute_plugins=False)
    migrations.migrations.apply(database, stop_before="0002_the_truth")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("ATTACH ? AS content", (str(content),))
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
    ).fetchall():
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM content.{table}")  # noqa: S608
    connection.close()
    content.unlink()
    return installation


def schema(path: Path) -> object:
    with closing(sqlite.open_existing(path)) as connection:
        return connection.execute(migrations.SCHEMA).fetchall()


def content(installation: Installation) -> object:
    """Return everything but the record of which migrations were applied."""
    return {k: v for k, v in installation.state().items() if k != "_sqlite_migrations"}


def test_older_schema_is_refused_with_the_remedy(older: Installation) -> None:
    """By every other command."""
    for command in (
        ["users", "list"],
        ["serve", "--port", "0"],
        ["db", "stats"],
        ["db", "check"],
        ["db", "backup", "copy.db"],
        ["db", "vacuum"],
    ):
        ran = older.run(*command)
        assert (6, True) == (ran.code, "protekt db migrate" in ran.err), (command, ran)


def test_migrate_brings_an_older_schema_up(older: Installation) -> None:
    """Everything is there after, and the private copy is what was there before."""
    before = content(older), schema(older.database)

    report = older.run("db", "migrate", "--json").json()

    kept = Path(report["kept"])
    assert (1, 2) == (report["from"], report["to"])
    assert before[0] == content(older)
    assert migrations.expected_schema() == schema(older.database)
    assert (before[1], 0o600) == (schema(kept), kept.stat().st_mode & 0o777)
    assert 0 == older.run("db", "check").code
    assert 0 == older.run("token", "issue", EMAIL).code


def test_migrate_has_nothing_to_do_twice(older: Installation) -> None:
    """It says so, with exit code 0, and keeps no second copy."""
    assert 0 == older.run("db", "migrate").code
    before = older.listing()

    again = older.run("db", "migrate")

    assert (0, True) == (again.code, again.out.startswith("nothing to do"))
    assert None is older.run("db", "migrate", "--json").json()["kept"]
    assert before == older.listing()


def test_racing_migrations_are_one(older: Installation) -> None:
    """Each succeeds, and one copy is kept."""
    racing = [
        subprocess.Popen(
            [PROTEKT, "db", "migrate"],
            cwd=older.folder,
            env=older.environment(),
            stdout=subprocess.DEVNULL,
        )
        for _ in range(6)
    ]

    codes = [process.wait(60) for process in racing]

    assert [0] * 6 == codes
    assert 1 == len(list(older.folder.glob("protekt.db.schema-1-*")))
    assert 0 == older.run("db", "check").code


def test_newer_schema_is_refused(installation: Installation) -> None:
    """By migrate too, which cannot go back."""
    change(installation.database, "PRAGMA user_version = 99")

    codes = [
        installation.run("db", verb).refusal() for verb in ("stats", "check", "migrate", "vacuum")
    ]

    message = f"{installation.database} was made by a newer Protekt"
    assert [(6, message)] * 4 == codes


def test_copy_of_an_older_schema_is_restored(older: Installation) -> None:
    """It is migrated on the way, and the copy itself stays as it is."""
    copy = older.folder / "copy.db"
    assert 0 == older.run("db", "migrate").code
    next(older.folder.glob("protekt.db.schema-1-*")).rename(copy)
    before = copy.read_bytes()

    report = older.run("db", "restore", "copy.db", "--yes", "--json").json()

    assert (1, 1) == (report["backup"]["schemaVersion"], report["sessionsEnded"])
    assert before == copy.read_bytes()
    assert 0 == older.run("db", "check").code
