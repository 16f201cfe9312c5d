"""Many slow clients, and some honest ones beside them, who notice nothing of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

from tests.faults.figures import is_whole_run, percentile
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.faults.trickling import trickling
from tests.parallel import Connection

HONEST = 4
#: Seconds after which an honest client goes away unserved.
PATIENCE = 5.0
#: Of each honest client's requests, one is a login.
LOGINS = 40


class Served:
    """How long each honest request took, and how many got no answer."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.unserved = 0

    async def note(self, asking: Any) -> None:
        """Wait for an answer that has to be good."""
        begin = monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await asking
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            self.unserved += 1
            return
        assert answer.status in (200, 201), answer
        self.seconds.append(monotonic() - begin)


async def be_honest(server: Serving, token: str, until: float, served: Served) -> None:
    """Ask until it is time, by turns on the same connection and on new ones."""
    number = 0
    async with connected(server, 1) as (kept,):
        while monotonic() < until:
            number += 1
            if number % LOGINS == 0:
                await served.note(kept.log_in(EMAIL, PASSWORD))
            elif number % 2:
                await served.note(kept.validate(token))
            else:
                await served.note(on_a_new_connection(server, token))


async def on_a_new_connection(server: Serving, token: str) -> Any:
    connection = await Connection.open(server.port)
    try:
        return await connection.ask("GET", "/v1/session", token=token)
    finally:
        connection.close()


async def serve_beside(server: Serving, count: int, seconds: int) -> Served:
    """Let honest clients be served beside slow ones."""
    served = Served()
    async with connected(server, 1) as (connection,):
        token = (await connection.log_in(EMAIL, PASSWORD)).body["sessionToken"]
    async with trickling(server.port, token, count), asyncio.TaskGroup() as group:
        until = monotonic() + seconds
        for _ in range(HONEST):
            group.create_task(be_honest(server, token, until, served))
    return served


def test_slow_clients_slow_nobody_down(tmp_path: Path) -> None:
    """Half requests, silence and unread answers hold connections, and nothing else."""
    count, seconds = times(500, everyday=50), times(60, everyday=3)
    installation = Installation(tmp_path)

    with serving(installation) as server:
        served = asyncio.run(serve_beside(server, count, seconds))
        assert server.stop() == 0

    asked = len(served.seconds) + served.unserved
    p99 = percentile(99, served.seconds)
    print(f"\n{count} slow clients for {seconds} s: {served.unserved} of {asked} unserved", end="")
    print(f", p50 {percentile(50, served.seconds):.4f} s, p99 {p99:.4f} s")
    assert served.unserved <= asked / 100
    if is_whole_run():
        assert p99 < 1
