"""Races between clients, workers and the command line, over real sockets and processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

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
from tests.parallel import Answered

CLIENTS = 64


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with one user."""
    return Installation(tmp_path)


@pytest.fixture
def server(installation: Installation) -> Iterator[Serving]:
    """Two workers on it."""
    with serving(installation, "--workers", "2") as running:
        yield running


def test_one_token_refreshed_by_many_at_once_has_one_successor(
    installation: Installation, server: Serving
) -> None:
    """Whoever presents the current token, over two workers and a shell, gets the one successor."""
    rounds = times(500, everyday=6)

    async def race() -> None:
        async with connected(server, CLIENTS) as connections:
            session = (await connections[0].log_in(EMAIL, PASSWORD)).body
            for generation in range(1, rounds + 1):
                token = session["refreshToken"]
                shell = None
                if generation % 25 == 1:
                    shell = installation.start("token", "refresh", "-", "--json", given=token)
                answers = await asyncio.gather(*(each.refresh(token) for each in connections))
                if shell is not None:
                    stdout, stderr = await asyncio.to_thread(shell.communicate, timeout=60)
                    assert shell.returncode == 0, stderr
                    answers.append(Answered(200, json.loads(stdout)))
                assert {answer.status for answer in answers} == {200}
                assert len({answer.body["refreshToken"] for answer in answers}) == 1
                assert {answer.body["refreshGeneration"] for answer in answers} == {generation}
                session = answers[0].body

    asyncio.run(race())

    events = installation.shown("events", "list", "--type", "session:refresh", "--limit", "0")
    kinds = [event["data"]["kind"] for event in events]
    assert kinds.count("rotated") == rounds
    assert set(kinds) <= {"rotated", "concurrent"}


def test_a_refresh_that_races_a_revocation_leaves_nothing_usable(server: Serving) -> None:
    """Whichever came first, no token of the session does anything once it is revoked."""
    rounds = times(2000, everyday=40)

    async def race() -> None:
        async with connected(server, 3) as (refreshing, revoking, asking):
            for _ in range(rounds):
                session = (await refreshing.log_in(EMAIL, PASSWORD)).body
                answer, revoked = await asyncio.gather(
                    refreshing.refresh(session["refreshToken"]),
                    revoking.ask(
                        "POST", "/v1/sessions/revoke", {"all": True}, session["sessionToken"]
                    ),
                )
                assert revoked.status == 200, revoked
                assert revoked.body["revoked"] == 1
                assert answer.status in (200, 401), answer
                left = [session] + ([answer.body] if answer.status == 200 else [])
                for tokens in left:
                    assert not (await asking.validate(tokens["sessionToken"])).body["valid"]
                    refused = await asking.refresh(tokens["refreshToken"])
                    assert (refused.status, refused.body["reason"]) == (401, "session_revoked")

    asyncio.run(race())


def test_a_login_that_races_a_disabling_leaves_nothing_usable(tmp_path: Path) -> None:
    """No session lives on that a login made while its user was disabled."""
    rounds = times(500, everyday=4)
    # Some milliseconds a hash: it is between the two writes of a login that the race is run.
    installation = Installation(tmp_path, PROTEKT_PASSWORDS_ARGON2_TIME_COST="200")

    async def race(server: Serving) -> None:
        async with connected(server, 4) as connections:
            for _ in range(rounds):
                disabling = installation.start("users", "disable", EMAIL)
                granted = []
                while disabling.poll() is None:
                    answers = await asyncio.gather(
                        *(each.log_in(EMAIL, PASSWORD) for each in connections)
                    )
                    granted += [answer.body for answer in answers if answer.status == 201]
                    assert {answer.status for answer in answers} <= {201, 401}
                assert disabling.communicate()[1] == ""
                for session in granted:
                    answer = await connections[0].validate(session["sessionToken"])
                    assert not answer.body["valid"]
                    assert (await connections[0].refresh(session["refreshToken"])).status == 401
                installation.run("users", "enable", EMAIL)

    with serving(installation, "--workers", "2") as server:
        asyncio.run(race(server))

    assert installation.shown("sessions", "list") == []


def test_no_validation_succeeds_after_a_revocation_by_another_process(
    installation: Installation, server: Serving
) -> None:
    """Every validation that starts after the shell's revocation was acknowledged is refused."""
    validations, sessions = times(10_000, everyday=300), times(20, everyday=3)

    async def race() -> None:
        async with connected(server, 16) as connections:
            for _ in range(sessions):
                session = (await connections[0].log_in(EMAIL, PASSWORD)).body
                token = session["sessionToken"]
                before = await asyncio.gather(*(each.validate(token) for each in connections))
                assert all(answer.body["valid"] for answer in before)

                installation.run("sessions", "revoke", session["sessionId"])

                for _ in range(validations // sessions // len(connections) + 1):
                    after = await asyncio.gather(*(each.validate(token) for each in connections))
                    assert {answer.body["valid"] for answer in after} == {False}
                    assert {answer.body["reason"] for answer in after} == {"session_revoked"}

    asyncio.run(race())
