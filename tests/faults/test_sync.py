"""Durability: the log is on the disk before the first byte of an answer leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.store import sqlite
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving
from tests.faults.tracing import Trace, log_steps, traced
from tests.parallel import Connection

pytestmark = pytest.mark.skipif(
    sqlite.journal_mode() != "wal", reason="this SQLite keeps no write-ahead log"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    """A server with one user."""
    with serving(Installation(tmp_path)) as running:
        yield running


def assert_synced(trace: Trace, what: str) -> None:
    """Find that the answer waited for all that was written to the log to be on the disk."""
    steps = log_steps(trace.until_answer())

    assert "write" in steps, what
    assert steps[-1] == "sync", (what, steps)


async def log_in(connection: Connection) -> Any:
    answer = await connection.log_in(EMAIL, PASSWORD)
    assert answer.status == 201
    return answer.body


async def refresh(connection: Connection, session: Any) -> Any:
    answer = await connection.refresh(session["refreshToken"])
    assert answer.status == 200
    return answer.body


def test_what_changes_a_session_is_on_disk_before_it_is_answered(
    server: Serving, tmp_path: Path
) -> None:
    """A login, a refresh, the first use of a generation and a revocation wait for the disk."""

    async def live(trace: Trace) -> None:
        async with connected(server, 1) as (connection,):
            session = await log_in(connection)
            assert_synced(trace, "a login")
            session = await refresh(connection, session)
            assert_synced(trace, "a refresh")
            token = session["sessionToken"]
            assert (await connection.validate(token)).body["valid"]
            assert_synced(trace, "the first use of a generation")
            await connection.ask("POST", "/v1/sessions/revoke", token=token)
            assert_synced(trace, "a revocation")

    with traced(server, tmp_path / "trace") as trace:
        asyncio.run(live(trace))


def test_reuse_is_on_disk_before_it_is_refused(server: Serving, tmp_path: Path) -> None:
    """The end of a session whose older token came back waits for the disk, and so does a no."""

    async def live(trace: Trace) -> None:
        async with connected(server, 1) as (connection,):
            oldest = await log_in(connection)
            newest = await refresh(connection, await refresh(connection, oldest))
            for _ in range(3):
                trace.until_answer()
            assert (await connection.refresh(oldest["refreshToken"])).status == 401
            assert_synced(trace, "a reuse")
            ended = (await connection.validate(newest["sessionToken"])).body
            assert ended["endReason"] == "reuse_detected"
            trace.until_answer()
            assert (await connection.log_in(EMAIL, "not the password")).status == 401
            assert_synced(trace, "a wrong password")

    with traced(server, tmp_path / "trace") as trace:
        asyncio.run(live(trace))


def test_a_validation_that_changes_nothing_waits_for_no_disk(
    server: Serving, tmp_path: Path
) -> None:
    """Once a use has moved the idle deadline, those of the next minute write nothing."""

    async def live(trace: Trace) -> None:
        async with connected(server, 1) as (connection,):
            session = await log_in(connection)
            trace.until_answer()
            while True:
                found = (await connection.validate(session["sessionToken"])).body["session"]
                trace.until_answer()
                if found["lastActiveAt"] > found["createdAt"]:
                    break
            for _ in range(5):
                assert (await connection.validate(session["sessionToken"])).body["valid"]
                assert log_steps(trace.until_answer()) == []

    with traced(server, tmp_path / "trace") as trace:
        asyncio.run(live(trace))
