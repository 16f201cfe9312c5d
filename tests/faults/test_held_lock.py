"""A database that another process holds: it is waited for, and then it is the store's fault."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.faults.running import (
    EMAIL,
    PASSWORD,
    Installation,
    Serving,
    connected,
    serving,
    times,
)
from tests.journeys.asking import Answer, Client
from tests.parallel import Answered, Connection

if TYPE_CHECKING:
    from tests.conftest import HoldLock

#: Seconds: less than a request waits, what it waits, and more.
SHORT, PATIENCE, LONG = 3.0, 5.0, 15.0


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with one user."""
    return Installation(tmp_path)


@pytest.fixture
def server(installation: Installation) -> Iterator[Serving]:
    """Two workers on it."""
    with serving(installation, "--workers", "2") as running:
        yield running


async def grant(connection: Connection) -> dict[str, str]:
    answer = await connection.log_in(EMAIL, PASSWORD)
    assert answer.status == 201
    return dict(answer.body)


def requests(
    connections: list[Connection], sessions: list[dict[str, str]]
) -> list[asyncio.Task[Answered]]:
    """Begin a login, a refresh and a logout at once, each on a connection of its own."""
    logging_in, refreshing, ending = connections
    return [
        asyncio.ensure_future(request)
        for request in (
            logging_in.log_in(EMAIL, PASSWORD),
            refreshing.refresh(sessions[0]["refreshToken"]),
            ending.ask("POST", "/v1/sessions/revoke", token=sessions[1]["sessionToken"]),
        )
    ]


def test_a_lock_that_is_held_shortly_is_waited_for(
    installation: Installation, server: Serving, hold_lock: HoldLock
) -> None:
    """Who asks while another process writes for three seconds gets what was asked for."""

    async def run() -> None:
        async with connected(server, 3) as connections:
            sessions = [await grant(connections[0]) for _ in range(2)]
            holder = hold_lock(installation.database)
            waiting = requests(connections, sessions)
            shell = installation.start("token", "issue", EMAIL)
            done, _ = await asyncio.wait(waiting, timeout=SHORT)
            assert not done
            assert shell.poll() is None
            holder.release()
            answers = await asyncio.gather(*waiting)
            assert [201, 200, 200] == [answer.status for answer in answers]
            _, stderr = await asyncio.to_thread(shell.communicate, timeout=60)
            assert (shell.returncode, stderr) == (0, "")

    asyncio.run(run())


def test_a_lock_that_is_held_long_is_the_fault_of_the_store(
    installation: Installation, server: Serving, hold_lock: HoldLock
) -> None:
    """After some seconds the answer is 503, never a wrong password, and it passes with the lock."""
    hold = times(int(LONG), everyday=6)

    async def run() -> None:
        async with connected(server, 3) as connections:
            sessions = [await grant(connections[0]) for _ in range(2)]
            holder = hold_lock(installation.database)
            begun = monotonic()
            until = begun + hold - PATIENCE
            shell = installation.start("login", EMAIL, "--password-stdin", given=PASSWORD)
            while True:
                answers = await asyncio.gather(*requests(connections, sessions))
                waited, begun = monotonic() - begun, monotonic()
                print(f"\nrefused after {waited:.1f} s")
                if times(1, everyday=0):
                    assert waited < 8
                for answer in answers:
                    assert answer.status == 503, answer
                    assert answer.body["code"] == "store_unavailable"
                if monotonic() > until:
                    break
            validation = await connections[0].validate(sessions[0]["sessionToken"])
            assert validation.body["valid"]
            assert_shell_gave_up(await asyncio.to_thread(finished, shell))
            holder.release()
            answers = await asyncio.gather(*requests(connections, sessions))
            assert [201, 200, 200] == [answer.status for answer in answers]
            assert answers[1].body["refreshGeneration"] == 1

    asyncio.run(run())

    kinds = installation.shown("events", "list", "--type", "session:refresh")
    assert ["rotated"] == [event["data"]["kind"] for event in kinds]
    assert installation.shown("events", "list", "--type", "login:failure") == []


def test_a_wrong_password_that_cannot_be_recorded_is_no_verdict(
    installation: Installation, server: Serving, hold_lock: HoldLock
) -> None:
    """While the store is held right and wrong passwords, of anybody, get one answer: try later."""
    holder = hold_lock(installation.database)
    guesses = [(EMAIL, PASSWORD), (EMAIL, "wrong horse"), ("nobody@example.com", "wrong horse")]

    async def guess() -> list[Answer]:
        return await asyncio.gather(
            *(asyncio.to_thread(log_in, server.port, *guess) for guess in guesses)
        )

    answers = asyncio.run(guess())
    holder.release()

    for answer in answers:
        assert answer.problem() == (503, "store_unavailable", None)
        assert answer.header("Retry-After") is not None
        assert answer.revealing("locked", str(installation.folder)) == []
    assert 1 == len({answer.json()["detail"] for answer in answers})


def log_in(port: int, email: str, password: str) -> Answer:
    with Client(port) as client:
        body = {"type": "password", "email": email, "password": password}
        return client.ask("POST", "/v1/sessions", body)


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=60)
    return process.returncode, stdout, stderr


def assert_shell_gave_up(ended: tuple[int, str, str]) -> None:
    code, stdout, stderr = ended
    assert (code, stdout) == (6, "")
    assert "is busy" in stderr
    assert "password" not in stderr
