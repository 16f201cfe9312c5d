"""Many logins at once: the hashing of passwords keeps no validation waiting.

Two measures of a validation are taken. The server's own, of its metrics, runs from when it takes
up a request until it answers; it is what is judged. A probe beside it sees that, the wait before
it, the kernel and its own turn on the machine: it is printed, and its count is judged.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.faults.figures import is_whole_run, percentile
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.parallel import Connection, request

#: The product's own cost: here the hash is the point.
ARGON2 = {
    "PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB": "19456",
    "PROTEKT_PASSWORDS_ARGON2_TIME_COST": "2",
}
#: Seconds; a bound of the server's own histogram.
LIMIT = 0.05


@contextmanager
def probing(server: Serving, token: str, seconds: list[float]) -> Iterator[None]:
    """Validate in a process of its own until the end of the block, then add what it measured."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.probe", str(server.port)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(token + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        measured, _ = process.communicate("stop\n", timeout=60)
    seconds += json.loads(measured)


async def crowd(
    server: Serving, clients: int, rounds: int, seconds: list[float]
) -> tuple[Counter[int], float]:
    """Log in from many connections at once, again and again, beside the probe.

    Return the statuses, and what share of the validations the server answered fast enough.
    """
    statuses: Counter[int] = Counter()
    async with connected(server, clients) as connections:
        token = (await connections[0].log_in(EMAIL, PASSWORD)).body["sessionToken"]
        with probing(server, token, seconds):
            for _ in range(rounds):
                answers = await asyncio.gather(
                    *(each.log_in(EMAIL, PASSWORD) for each in connections)
                )
                statuses.update(answer.status for answer in answers)
        return statuses, fast_enough(await metrics(connections[0]))


async def metrics(connection: Connection) -> str:
    status, content = await connection.exchange(request("GET", "/metrics"))
    assert status == 200
    return content.decode()


def fast_enough(said: str) -> float:
    """Return the share of validations that took the server no longer than `LIMIT`."""
    counts = {
        bound: float(count)
        for bound, count in re.findall(
            r'_bucket\{le="([^"]+)",method="POST",route="/v1/sessions/validate"\} (\S+)', said
        )
    }
    return counts[str(LIMIT)] / counts["+Inf"]


def test_logins_keep_no_validation_waiting(tmp_path: Path) -> None:
    """While passwords are hashed on every core, tokens are validated as if nothing were."""
    clients, rounds = times(200, everyday=16), times(10, everyday=1)
    installation = Installation(tmp_path, **ARGON2)
    shares = []

    for _ in range(times(3, everyday=1)):
        seconds: list[float] = []
        with serving(installation) as server:
            statuses, share = asyncio.run(crowd(server, clients, rounds, seconds))
            assert server.stop() == 0
        # One that has too much to do says so, and says it at once.
        assert statuses.keys() <= {201, 503}, statuses
        assert len(seconds) > statuses[201], (len(seconds), statuses)
        shares.append(share)
        print(f"\n{dict(statuses)} beside {len(seconds)} validations, {share:.2%} of them", end="")
        print(f" in {LIMIT} s; seen from outside: p50 {percentile(50, seconds):.4f} s", end="")
        print(f", p99 {percentile(99, seconds):.4f} s")

    if is_whole_run():
        assert median(shares) >= 0.99
