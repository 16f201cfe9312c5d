"""Mutants of good access tokens, seeded, so that each run presents the same kinds."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from protekt_cli.core.signing_key import ALGORITHMS
from tests.faults.doors import ACCEPTED, Door, answered, bearer_door, validate_door
from tests.faults.mutating import mutant
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.parallel import Connection

#: What a token can be refused for before anything of it is believed.
REASONS = {"malformed", "unknown_key", "bad_signature"}
GUARD, CHECK = bearer_door("get", "/v1/session"), validate_door()


async def presented(connection: Connection, door: Door, token: str) -> str:
    """Present a token, and return what is told of it."""
    asking = door.request(token)
    assert asking is not None
    answer = await answered(connection, asking)
    assert answer.status < 500, (token, answer)
    return str(door.tells(answer))


async def good_tokens(connection: Connection, installation: Installation) -> list[str]:
    """Log in twice under a key of each algorithm, all of which verify to the end."""
    good: list[str] = []
    for algorithm in ALGORITHMS:
        if good:
            installation.run("keys", "rotate", "--algorithm", algorithm)
        for _ in range(2):
            good.append((await connection.log_in(EMAIL, PASSWORD)).body["sessionToken"])
    return good


async def present(server: Serving, installation: Installation, count: int) -> Counter[str]:
    """Present mutants at two doors, and return how often each reason was told."""
    dice, told = random.Random(10_000), Counter[str]()
    async with connected(server, 1) as (connection,):
        good = await good_tokens(connection, installation)
        for token in good:  # what was once verified may be remembered
            assert await presented(connection, CHECK, token) == ACCEPTED
        for number in range(count):
            token = mutant(dice, good)
            # A header cannot carry everything that a body can.
            door = GUARD if number % 2 and GUARD.request(token) else CHECK
            reason = await presented(connection, door, token)
            # The twin of an ES256 signature would verify: it does not come by chance.
            assert reason in REASONS, (token, reason)
            told[reason] += 1
        for token in good:
            assert await presented(connection, CHECK, token) == ACCEPTED
    return told


def test_no_mutant_of_a_token_is_taken(tmp_path: Path) -> None:
    """Whatever is flipped, cut, put in or spliced, no token comes of it, and nothing breaks."""
    count = times(10_000, everyday=600)
    installation = Installation(tmp_path)

    with serving(installation) as server:
        told = asyncio.run(present(server, installation, count))
        assert server.stop() == 0

    print(f"\n{count} mutants: {dict(told)}")
    assert told.total() == count
