"""Garbled requests at a real server: it answers or hangs up, and lives on as it was."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from tests.faults.doors import answered, api_key
from tests.faults.figures import is_whole_run
from tests.faults.garbling import garbled, garbled_once
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.faults.seeds import seeds
from tests.faults.smuggling import hidden_requests
from tests.parallel import Connection, request

#: Requests under way at once.
CLIENTS = 48
#: Seconds after which no answer is one: half a request waits for its other half.
PATIENCE = 0.3
#: Methods that nobody knows, and a server that has too much to do.
DOCUMENTED = {501, 503}
#: What no refusal names.
MADE_WITH = re.compile(rb"granian|hyper|python|starlette|fastapi|pydantic|traceback", re.IGNORECASE)
_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)


async def begin(connection: Connection, email: str, key: str) -> Any:
    """Create a user and return a session of theirs, for others may be garbled away."""
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    asking = request("POST", "/v1/admin/users", body, f"X-API-Key: {key}\r\n")
    assert (await answered(connection, asking)).status == 201
    return (await connection.log_in(email, PASSWORD)).body


async def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes, and return what came until the server hung up, or said no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(sent)
            await writer.drain()
            while some := await reader.read(65_536):
                received += some
    except (TimeoutError, ConnectionError):
        pass  # as good as any other end
    finally:
        writer.close()
    return received


async def send_all(port: int, requests: list[bytes], statuses: Counter[str]) -> None:
    """Send garbled requests, some at once, and find nothing wrong in the answers."""
    left = iter(requests)

    async def send() -> None:
        for sent in left:
            received = await exchange(port, sent)
            found = [int(status) for status in _STATUS.findall(received)]
            faults = {status for status in found if status >= 500} - DOCUMENTED
            assert not faults, (sent, received)
            if min(found, default=0) >= 400:
                assert not MADE_WITH.search(received), (sent, received)
            statuses.update(map(str, found) if found else ["no answer"])

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(send())


async def find_hidden(port: int) -> None:
    """Send requests that hide another, and find that nobody answers that one."""

    async def send(name: str, sent: bytes) -> None:
        received = await exchange(port, sent)
        assert len(_STATUS.findall(received)) < 2, (name, received)

    async with asyncio.TaskGroup() as group:
        for name, sent in hidden_requests():
            group.create_task(send(name, sent))


def resident_kib(server: Serving) -> int:
    """Return how much memory the server's process has, where the system tells."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def garble(
    server: Serving, installation: Installation, count: int
) -> tuple[Counter[str], list[int]]:
    """Send garbled requests in ten shares, with a new user and session for each."""
    dice, statuses, memory = random.Random(20_000), Counter[str](), []
    key = api_key(installation, "admin")
    for number in range(10):
        async with connected(server, 1) as (connection,):
            described = (await connection.ask("GET", "/openapi.json")).body["paths"]
            session = await begin(connection, f"user{number}@example.com", key)
        whole = seeds(described, session, key)
        once = garbled_once(dice, whole) if number == 0 else []
        more = [garbled(dice, whole) for _ in range(count // 10)]
        await send_all(server.port, once + more, statuses)
        memory.append(resident_kib(server))
    await find_hidden(server.port)
    async with connected(server, 1) as (connection,):
        assert (await connection.ask("GET", "/healthz")).status == 200
        assert (await connection.log_in(EMAIL, PASSWORD)).status == 201
    return statuses, memory


def test_garbled_requests_break_nothing(tmp_path: Path) -> None:
    """No bytes make a fault of the server's own, and none are kept for ever."""
    count = times(20_000, everyday=120)
    installation = Installation(tmp_path)

    with serving(installation) as server:
        statuses, memory = asyncio.run(garble(server, installation, count))
        assert server.stop() == 0

    log = (installation.folder / "server.log").read_text()
    print(f"\n{count} requests: {dict(sorted(statuses.items()))}\nKiB after each tenth: {memory}")
    assert "Traceback" not in log, log
    if is_whole_run():
        assert memory[-1] <= 1.1 * memory[0]
