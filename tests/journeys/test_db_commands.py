"""`protekt db`: figures, checks and copies, from a shell."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation
from tests.journeys.restoring import back_up, change

if TYPE_CHECKING:
    from tests.conftest import HoldLock


@pytest.fixture
def keyless(installation: Installation) -> Installation:
    """The installation with a session in it, and without its master key."""
    assert 0 == installation.run("token", "issue", EMAIL).code
    (installation.folder / "protekt.key").unlink()
    return installation


def test_stats_counts_without_the_key(keyless: Installation) -> None:
    """In the admin API's own shape."""
    found = keyless.run("db", "stats", "--json").json()

    assert found.pop("databaseBytes") > 0
    assert found.pop("events") > 0
    assert {
        "users": 2,
        "sessions": {"active": 1, "expired": 0, "revoked": 0},
        "devices": 1,
    } == found


def test_check_finds_nothing_without_the_key(keyless: Installation) -> None:
    """Exit code 0, and an answer of two members."""
    assert {"ok": True, "problems": []} == keyless.run("db", "check", "--json").json()


def test_check_answers_with_what_it_found(keyless: Installation) -> None:
    """On stdout, with exit code 1, for programs and for people."""
    change(keyless.database, "UPDATE users SET metadata = '{'")

    told, said = keyless.run("db", "check", "--json"), keyless.run("db", "check")

    problem = "2 of users have no JSON object in metadata"
    assert (1, {"ok": False, "problems": [problem]}) == (told.code, json.loads(told.out))
    assert (1, f"{problem}\n") == (said.code, said.out)
    assert 1 == said.refusal()[0]


@pytest.mark.parametrize("verb", ["stats", "check", "migrate", "vacuum"])
def test_missing_database_is_exit_6(installation: Installation, verb: str) -> None:
    """Nothing is made in its place."""
    installation.database.unlink()

    code, message = installation.run("db", verb).refusal()

    assert (6, True) == (code, "there is no database" in message)
    assert not installation.database.exists()


@pytest.mark.parametrize("verb", ["stats", "check", "migrate", "vacuum"])
def test_the_variable_of_a_server_is_ignored(installation: Installation, verb: str) -> None:
    """These commands are about the file."""
    ran = installation.run("db", verb, environ={"PROTEKT_SERVER": "https://auth.example"})

    assert 0 == ran.code


def test_backup_needs_no_key_and_replaces_nothing(keyless: Installation) -> None:
    """A second one of that name is exit 5, one through a link exit 6."""
    (keyless.folder / "link.db").symlink_to("elsewhere.db")

    ran = [keyless.run("db", "backup", name) for name in ("a.db", "a.db", "link.db", "no/b.db")]

    assert [0, 5, 6, 6] == [each.code for each in ran]
    assert not (keyless.folder / "elsewhere.db").exists()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk that is soon full on *folder*."""
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mounting, capture_output=True, text=True)
    except FileNotFoundError as error:
        pytest.skip(f"no small disk: {error}")
    if mounted.returncode:
        pytest.skip(f"no small disk: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_backup_to_a_full_disk_leaves_nothing(installation: Installation) -> None:
    """It says what is wrong, by the name that was given."""
    folder = installation.folder / "disk"
    folder.mkdir()
    with small_disk(folder, "64k"):
        code, message = installation.run("db", "backup", "disk/copy.db").refusal()
        left = list(folder.iterdir())

    assert (6, []) == (code, left)
    assert "disk/copy.db" in message
    assert "full" in message


def test_vacuum_gives_space_back_beside_a_server(installation: Installation) -> None:
    """With the figures before and after, and the server goes on."""
    change(
        installation.database,
        "INSERT INTO meta VALUES ('ballast', randomblob(3000000))",
        "DELETE FROM meta WHERE name = 'ballast'",
    )
    with installation.serve() as server:
        session = server.login(EMAIL, PASSWORD)

        figures = installation.run("db", "vacuum", "--json").json()

        assert installation.database.stat().st_size == figures["bytesAfter"]
        assert server.validate(session["sessionToken"])["valid"]
        assert 0 == server.stop(signal.SIGTERM)
    assert figures["bytesBefore"] > 3_000_000 > figures["bytesAfter"]


@pytest.mark.parametrize(
    "command", [("vacuum",), ("restore", "copy.db", "--yes")], ids=lambda c: c[0]
)
def test_busy_database_is_waited_for_and_then_refused(
    installation: Installation, hold_lock: HoldLock, command: tuple[str, ...]
) -> None:
    """After its patience, with nothing changed and nothing left."""
    back_up(installation)
    before = {name for name in installation.listing() if ".db-" not in name}
    hold_lock(installation.database)

    code, message = installation.run("db", *command).refusal()

    assert (6, True) == (code, "busy" in message)
    assert before == {name for name in installation.listing() if ".db-" not in name}
