"""Answers that are lost on their way: a client that repeats itself is never logged out."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.parallel import Answered, Connection

LOSS = 0.3
#: The first answer and four repetitions: the fifth repetition is the last that is promised.
MOST_IN_A_ROW = 5


class LossyProxy:
    """Forwards connections to a server, and drops some of its answers with the connection."""

    def __init__(self, target: int, seed: int) -> None:
        self._target = target
        self._random = random.Random(seed)
        self._in_a_row = 0
        self.dropped = 0

    async def listen(self) -> int:
        """Begin to listen, and return the port."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one request; its answer arrives whole, or the connection breaks instead."""
        there = await asyncio.open_connection("127.0.0.1", self._target)
        there[1].write(await reader.read(65_536))
        answer = await there[0].read(65_536)
        there[1].close()
        if self._random.random() < LOSS and self._in_a_row < MOST_IN_A_ROW:
            self.dropped += 1
            self._in_a_row += 1
        else:
            self._in_a_row = 0
            writer.write(answer)
            await writer.drain()
        writer.close()


async def refresh_until_answered(port: int, token: str) -> Answered:
    """Present a refresh token until an answer arrives, as a client with a bad line does."""
    while True:
        connection = await Connection.open(port)
        try:
            return await connection.refresh(token)
        except asyncio.IncompleteReadError:
            continue
        finally:
            connection.close()


@pytest.mark.parametrize("grace", ["10s", "0s"])
def test_a_client_that_loses_answers_is_never_logged_out(tmp_path: Path, grace: str) -> None:
    """Of many refreshes whose answers are dropped, each is answered in the end.

    Without the grace, each repetition has to be known for that of a lost answer.
    """
    rounds = times(1000, everyday=60)
    installation = Installation(tmp_path, PROTEKT_SESSIONS_REUSE_GRACE=grace)

    async def run(server: Serving) -> int:
        proxy = LossyProxy(server.port, seed=1)
        port = await proxy.listen()
        direct = await Connection.open(server.port)
        session = (await direct.log_in(EMAIL, PASSWORD)).body
        direct.close()
        for generation in range(1, rounds + 1):
            answer = await refresh_until_answered(port, session["refreshToken"])
            assert answer.status == 200, answer
            assert answer.body["refreshGeneration"] == generation
            session = answer.body
        await proxy.close()
        return proxy.dropped

    with serving(installation) as server:
        dropped = asyncio.run(run(server))

    assert dropped > rounds * LOSS / 2


def test_a_token_that_comes_back_too_often_is_no_lost_answer(tmp_path: Path) -> None:
    """Five repetitions of one refresh are answered; the sixth ends the session."""
    installation = Installation(tmp_path, PROTEKT_SESSIONS_REUSE_GRACE="0s")

    async def run(server: Serving) -> list[int]:
        async with connected(server, 1) as (connection,):
            token = (await connection.log_in(EMAIL, PASSWORD)).body["refreshToken"]
            return [(await connection.refresh(token)).status for _ in range(1 + 5 + 2)]

    with serving(installation, "--workers", "2") as server:
        statuses = asyncio.run(run(server))

    assert [200] * 6 + [401, 401] == statuses
    assert installation.shown("sessions", "list") == []
