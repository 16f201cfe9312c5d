"""A full disk: requests are refused as the store's fault, nothing is half done, all comes back."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protekt_cli.store import sqlite
from tests.faults.ledger import Ledger, Life
from tests.faults.running import (
    EMAIL,
    PASSWORD,
    Installation,
    Serving,
    connected,
    serving,
    times,
)
from tests.parallel import Answered, Connection

PAGE = 4096
DISK_PAGES = 2048
#: Pages that are left: from none to what a login and some requests after it take.
LEAST_ROOM, MOST_ROOM = 0, 40
#: Rounds of requests after which a disk with so little room must have been full.
MOST_ROUNDS = 60


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_PAGES * PAGE},mode=0700", "none", place],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a disk may not be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


class Filler:
    """A file that leaves of a disk as many pages as it is told to."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"
        self._disk = disk

    def leave(self, pages: int) -> None:
        free = os.statvfs(self._disk).f_bavail
        try:
            self._file.write_bytes(bytes(PAGE * max(0, free - pages)))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            # The server took some of it meanwhile: the disk is as full as was asked for.

    def remove(self) -> None:
        self._file.unlink()


@dataclass(slots=True)
class Count:
    """How many requests of each kind were answered with what was asked for, and refused."""

    logins: int = 0
    refreshes: int = 0
    ends: int = 0
    refused: int = 0


def is_refused(answer: Answered, count: Count) -> bool:
    """Whether the store was to blame; it is the only thing that may be."""
    if answer.status < 300:
        return False
    assert (answer.status, answer.body["code"]) == (503, "store_unavailable"), answer
    count.refused += 1
    return True


async def live(connection: Connection, ledger: Ledger, count: Count) -> None:
    """Log in, refresh, and log out, as far as the disk lets it."""
    answer = await connection.log_in(EMAIL, PASSWORD)
    if is_refused(answer, count):
        return
    count.logins += 1
    life = ledger.add(answer.body)
    answer = await connection.refresh(life.tokens["refreshToken"])
    if not is_refused(answer, count):
        life.tokens = answer.body
        count.refreshes += 1
    is_refused(await connection.validate(life.tokens["sessionToken"]), count)
    await end(connection, life, count)


async def end(connection: Connection, life: Life, count: Count) -> None:
    answer = await connection.ask("POST", "/v1/sessions/revoke", token=life.tokens["sessionToken"])
    if not is_refused(answer, count):
        assert answer.body == {"revoked": 1}
        life.asked_to_end = life.ended = True
        count.ends += 1


def empty_log(installation: Installation) -> None:
    """Let the log begin anew, so that what is written next needs room."""
    connection = sqlite.open_existing(installation.database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def fill(server: Serving, filler: Filler, room: int, ledger: Ledger, count: Count) -> None:
    """Live on a disk with *room* pages until it is full, and go on when there is room again."""
    async with connected(server, 1) as (connection,):
        filler.leave(room)
        before = count.refused
        for _ in range(MOST_ROUNDS):
            await live(connection, ledger, count)
            if count.refused > before:
                break
        assert count.refused > before, "the disk did not get full"
        for _ in range(3):
            await live(connection, ledger, count)
        filler.remove()
        for life in ledger.moved:
            assert await is_known(connection, life)
            if life.is_living:
                await life.refresh(connection)
                count.refreshes += 1
        ledger.moved.clear()


async def is_known(connection: Connection, life: Life) -> bool:
    """Whether a session is in the state that its client was told of."""
    validation = await connection.validate(life.tokens["sessionToken"])
    assert validation.status == 200, validation
    return bool(validation.body["valid"] == life.is_living)


def test_a_full_disk_refuses_and_leaves_nothing_half_done(disk: Path) -> None:
    """With any room left there is a 503 or the whole thing, and no event of what was refused."""
    sizes = times(20, everyday=4)
    step = (MOST_ROOM - LEAST_ROOM) // (sizes - 1)
    installation = Installation(disk)
    filler, ledger, count = Filler(disk), Ledger(), Count()

    with serving(installation) as server:
        for room in range(LEAST_ROOM, MOST_ROOM + 1, step):
            empty_log(installation)
            asyncio.run(fill(server, filler, room, ledger, count))

    events = installation.shown("events", "list", "--limit", "0")
    types = [event["type"] for event in events]
    listed = installation.shown("sessions", "list", "--status", "all", "--limit", "0")
    refreshes = [event for event in events if event["type"] == "session:refresh"]
    print(f"\n{sizes} sizes: {count}")
    assert {life.id for life in ledger.lives} == {session["id"] for session in listed}
    assert types.count("session:create") == types.count("login:success") == count.logins
    assert types.count("session:revoke") == count.ends
    assert types.count("login:failure") == 0
    assert {event["data"]["kind"] for event in refreshes} == {"rotated"}
    assert len(refreshes) == count.refreshes
    assert installation.shown("events", "verify")["ok"]
    assert installation.shown("db", "check") == {"ok": True, "problems": []}
