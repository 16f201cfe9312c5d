"""Power cuts under load, and parents that die: what was answered is true ever after."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.ledger import GONE, Ledger
from tests.faults.running import (
    EMAIL,
    PASSWORD,
    Installation,
    Serving,
    connected,
    serving,
    times,
)
from tests.parallel import Connection

CLIENTS = 12
#: Answers before the power is cut, at most.
MOST_ANSWERS = 150
#: Seconds in which what was killed has to be gone.
PATIENCE = 10.0


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with one user."""
    return Installation(tmp_path)


class PowerCut:
    """Kills a server, all of it, once a number of requests were answered."""

    def __init__(self, server: Serving, answers: int) -> None:
        self._server, self._left = server, answers

    def count(self) -> None:
        """Note one more answer."""
        self._left -= 1
        if self._left == 0:
            self._server.kill_all()


async def live(
    connection: Connection, ledger: Ledger, power: PowerCut, dice: random.Random
) -> None:
    """Log in, validate, refresh and often log out, over and over, until nobody answers."""
    while True:
        answer = await connection.log_in(EMAIL, PASSWORD)
        assert answer.status == 201, answer
        life = ledger.add(answer.body)
        power.count()
        for _ in range(dice.randrange(4)):
            assert (await connection.validate(life.tokens["sessionToken"])).body["valid"]
            power.count()
            await life.refresh(connection)
            power.count()
        if dice.random() < 0.7:
            await life.end(connection)
            power.count()


async def live_until_killed(server: Serving, ledger: Ledger, dice: random.Random) -> None:
    """Put load on the server until it is killed, and enter what it answered."""
    power = PowerCut(server, dice.randint(1, MOST_ANSWERS))
    async with connected(server, CLIENTS) as connections:
        ended = await asyncio.gather(
            *(live(each, ledger, power, dice) for each in connections), return_exceptions=True
        )
    for error in ended:
        if not isinstance(error, GONE):
            assert error is not None
            raise error


async def check(server: Serving, ledger: Ledger, *, everything: bool) -> None:
    """Find what was answered, and in the list of the user's sessions who lives."""
    async with connected(server, 1) as (connection,):
        await (ledger.check_all if everything else ledger.check_moved)(connection)
        if ledger.living:
            token = ledger.living[0].tokens["sessionToken"]
            listed = (await connection.ask("GET", "/v1/sessions", token=token)).body["sessions"]
            ids = {session["id"] for session in listed}
            assert {life.id for life in ledger.living} <= ids
            assert not ids & {life.id for life in ledger.lives if life.ended}


class Shell:
    """A command that works on the database beside the server, and is killed with it or not."""

    def __init__(self, installation: Installation, ledger: Ledger, dice: random.Random) -> None:
        self._ledger = ledger
        self._victim = dice.choice([*ledger.living, None]) if dice.random() < 0.7 else None
        if self._victim is None:
            self._process = installation.start("token", "issue", EMAIL, "--json")
        else:
            self._victim.asked_to_end = True
            ledger.moved.append(self._victim)
            self._process = installation.start("sessions", "revoke", self._victim.id)

    def end(self, *, killed: bool) -> None:
        """Kill it or let it come to its end, and enter what it said."""
        if killed:
            self._process.kill()
        stdout, stderr = self._process.communicate(timeout=60)
        if self._process.returncode != 0:
            assert killed, stderr
        elif self._victim is not None:
            self._victim.ended = True
        else:
            self._ledger.add(json.loads(stdout))


def seconds_until_ready(server: Serving, begun: float) -> float:
    """Return the seconds from *begun* until the server said that it is ready."""

    async def ask() -> None:
        async with connected(server, 1) as (connection,):
            assert (await connection.ask("GET", "/readyz")).status == 200

    asyncio.run(ask())
    return monotonic() - begun


def assert_whole(installation: Installation) -> None:
    """Find no damage, and no event that is missing or was changed."""
    assert installation.shown("events", "verify")["ok"]
    assert installation.shown("db", "check") == {"ok": True, "problems": []}


def test_what_was_answered_before_a_power_cut_is_true_after_it(
    installation: Installation,
) -> None:
    """Granted sessions live, answered refreshes lead on, and what was revoked stays so."""
    cycles = times(200, everyday=3)
    ledger, dice, restarts = Ledger(), random.Random(20), []

    for cycle in range(cycles + 1):
        begun = monotonic()
        with serving(installation, "--workers", str(1 + cycle % 2)) as server:
            restarts.append(seconds_until_ready(server, begun))
            asyncio.run(check(server, ledger, everything=cycle == cycles))
            if cycle == cycles:
                break
            shell = Shell(installation, ledger, dice)
            asyncio.run(live_until_killed(server, ledger, dice))
            shell.end(killed=dice.random() < 0.5)
        if times(1, everyday=0):
            assert_whole(installation)

    assert_whole(installation)
    assert len(ledger.lives) > cycles
    print(
        f"\n{cycles} power cuts, {len(ledger.lives)} sessions; ready again after"
        f" {statistics.median(restarts):.2f} s (median), {max(restarts):.2f} s at most"
    )
    if times(1, everyday=0):
        assert statistics.median(restarts) < 5


async def is_answered(connection: Connection) -> bool:
    """Whether anybody answers on a connection that was there before."""
    try:
        await connection.ask("GET", "/healthz")
    except GONE:
        return False
    return True


async def is_listened_on(port: int) -> bool:
    """Whether anybody takes a new connection."""
    try:
        connection = await Connection.open(port)
    except ConnectionError:
        return False
    connection.close()
    return True


async def outlive(server: Serving) -> None:
    """Kill the parent alone while its workers work, and wait until nobody answers any more."""
    async with connected(server, 8) as connections:
        busy = [asyncio.ensure_future(each.log_in(EMAIL, PASSWORD)) for each in connections]
        await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
        server.kill_parent()
        await asyncio.gather(*busy, return_exceptions=True)
        deadline = monotonic() + PATIENCE
        while await is_listened_on(server.port):
            assert monotonic() < deadline, "somebody still takes connections"
        for connection in connections:
            while await is_answered(connection):
                assert monotonic() < deadline, "an orphan still answers"


def test_workers_do_not_outlive_their_parent(installation: Installation) -> None:
    """When the parent alone is killed its workers answer no more, and leave the port free."""
    port = "0"
    for _ in range(times(20, everyday=3)):
        with serving(installation, "--workers", "2", "--port", port) as server:
            port = str(server.port)
            asyncio.run(outlive(server))

    assert_whole(installation)
