"""Looking for damage: whatever is in the file, it is found or it is not, and nothing breaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import checkup
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import sqlite

if TYPE_CHECKING:
    from tests.conftest import Person

FLIPPED = 500
ROUNDS = 200


def quietly(done: float | None) -> None:
    """Hear how far it is."""


@pytest.fixture
def whole(alice: Person) -> Path:
    """A real database that nobody has open, with users, sessions and events in it."""
    for _ in range(20):
        alice.login()
    alice.engine.store.close()
    return alice.engine.settings.database.path


def change(path: Path, statement: str) -> None:
    """Change the database behind everybody's back."""
    connection = sqlite.open_existing(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.close()


def problems_of(path: Path) -> list[str]:
    """Return what is found; a database that now passes for one of another version is a problem."""
    try:
        return checkup.check(path, quietly)
    except StoreUnavailable as error:
        if "newer" in error.message or "older" in error.message:
            return [error.message]
        raise


def integrity(path: Path) -> object:
    """Return what SQLite itself says of a file."""
    connection = None
    try:
        connection = sqlite.open_existing(path)
        return connection.execute("PRAGMA integrity_check").fetchall()
    except (sqlite.Error, MemoryError) as error:
        return error
    finally:
        if connection is not None:
            connection.close()


def test_a_whole_database_has_no_faults(whole: Path) -> None:
    """Nothing is made up."""
    assert [] == checkup.check(whole, quietly)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE users SET metadata = '{'", "1 of users have no JSON object in metadata"),
        ("UPDATE sessions SET amr = '{}'", "20 of sessions have no JSON array in amr"),
        ("DELETE FROM events WHERE seq = 5", "the events have holes"),
        ("DELETE FROM events WHERE seq = 1", "the events have holes"),
        ("DELETE FROM users", "20 of sessions belong to users that are not there"),
        ("UPDATE users SET status = 'king'", "CHECK constraint failed in users"),
        (
            "UPDATE sessions SET ended_at = 1, end_reason = 'tired'",
            "20 of sessions have an unknown end_reason",
        ),
        ("DELETE FROM signing_keys WHERE status = 'active'", "there is no active signing key"),
        ("DROP INDEX sessions_by_user", "the index sessions_by_user is missing"),
        (
            "CREATE TRIGGER back_door AFTER INSERT ON users BEGIN SELECT 1; END",
            "the trigger back_door is none of ours",
        ),
        ("ALTER TABLE users ADD COLUMN shoe_size INTEGER", "the table users is not as it was made"),
    ],
    ids=lambda value: value[:30],
)
def test_what_somebody_changed_is_found(whole: Path, statement: str, problem: str) -> None:
    """In the values, in the references between tables, and in the schema."""
    change(whole, statement)

    problems = checkup.check(whole, quietly)

    assert any(problem in each for each in problems), problems


def test_flipped_bytes_break_nothing_and_damage_is_found(whole: Path) -> None:
    """Over pages of a real database: whatever SQLite's own check finds, is reported."""
    original = whole.read_bytes()
    chance = random.Random(20270115)
    found = 0

    for round_ in range(ROUNDS):
        flipped = bytearray(original)
        start = 0 if round_ % 4 == 0 else 100  # now and then the header too
        for _ in range(chance.choice((1, 10, FLIPPED))):
            flipped[chance.randrange(start, len(flipped))] ^= 1 << chance.randrange(8)
        whole.write_bytes(flipped)
        problems = problems_of(whole)
        assert problems or integrity(whole) == [("ok",)]
        found += bool(problems)

    assert found > ROUNDS / 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:100],
        lambda whole: b"",
        lambda whole: bytes(100) + whole[100:],
        lambda whole: b"to do: buy milk\n" * 100,
    ],
    ids=["half", "header", "nothing", "no header", "text"],
)
def test_a_file_that_is_no_database_any_more_is_a_finding(
    whole: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Also where not a single table can be read."""
    whole.write_bytes(damage(whole.read_bytes()))

    problems = checkup.check(whole, quietly)

    assert problems


@pytest.mark.parametrize("make", [Path.unlink, None], ids=["missing", "folder"])
def test_what_cannot_be_looked_at_is_an_error(
    whole: Path, make: Callable[[Path], None] | None
) -> None:
    """And no finding, for nothing is known of it."""
    whole.unlink()
    if make is None:
        whole.mkdir()

    with pytest.raises(StoreUnavailable) as caught:
        checkup.check(whole, quietly)

    assert 6 == caught.value.exit_code


def test_a_long_check_can_be_broken_off(whole: Path) -> None:
    """What is told how far it is may interrupt it."""

    def interrupt(done: float | None) -> None:
        raise KeyboardInterrupt

    for _ in range(4):
        change(
            whole,
            "INSERT INTO throttle SELECT hex(randomblob(20)), subject, 1, 1, 0 FROM"
            " (SELECT randomblob(20) AS subject FROM events a, events b, events c LIMIT 20000)",
        )

    with pytest.raises(KeyboardInterrupt):
        checkup.check(whole, interrupt)
