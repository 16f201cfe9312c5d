"""Forged access tokens, presented at every door of a server and of the command line."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from protekt_cli.core.signing_key import ALGORITHMS
from tests.faults.doors import ACCEPTED, GUARDED, NAMED, Door, answered, find_doors
from tests.faults.forged_headers import forged_headers
from tests.faults.forged_signatures import forged_signatures
from tests.faults.forged_spellings import forged_spellings
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.faults.target import Forgery, Target, turn_keys
from tests.parallel import Connection

#: One algorithm each day, and all of them in the long run.
TRIED = ALGORITHMS[: times(len(ALGORITHMS), everyday=1)]


def forgeries(target: Target) -> list[Forgery]:
    """Return every forgery there is, by the name of what it is called."""
    made = [*forged_signatures(target), *forged_headers(target), *forged_spellings(target)]
    assert target.token not in {forgery.token for forgery in made}
    return made


async def present(
    connection: Connection, door: Door, forgery: Forgery, found: Counter[str]
) -> str | None:
    """Present a forgery at a door, and return what is wrong with the answer."""
    asking = door.request(forgery.token)
    # An old token still logs its own session out.
    may_end = not door.is_harmless and forgery.reason in (None, "token_expired")
    if asking is None or may_end:
        return None
    answer = await answered(connection, asking)
    told = door.tells(answer)
    found[door.name] += 1
    if answer.status >= 500:
        return f"{door.name}: {forgery.name}: {answer}"
    if forgery.reason is not None and told not in (None, forgery.reason):
        return f"{door.name}: {forgery.name}: {told} instead of {forgery.reason}"
    return None


async def attack(server: Serving, installation: Installation, found: Counter[str]) -> list[str]:
    """Present every forgery at every door, or at some, and return what went wrong."""
    async with connected(server, 1) as (connection,):
        # While it lives, no key is pruned that its tokens could name.
        assert (await connection.log_in(EMAIL, PASSWORD)).status == 201
        keys = turn_keys(installation)
        target = Target(keys, (await connection.log_in(EMAIL, PASSWORD)).body["sessionToken"])
        doors = await find_doors(connection, installation)
        names = {door.name for door in doors}
        assert NAMED | GUARDED <= names, (NAMED | GUARDED) - names
        for door in doors:
            if door.is_harmless:
                asking = door.request(target.token)
                assert asking is not None
                assert door.tells(await answered(connection, asking)) == ACCEPTED, door.name
        made = forgeries(target)
        faults = [
            await present(connection, door, forgery, found)
            for number, door in enumerate(doors)
            for forgery in share(made, number, len(doors))
        ]
        if not (await connection.validate(target.token)).body["valid"]:
            faults.append("a session ended by it")
    faults += refused_by_commands(installation, made, found)
    return [fault for fault in faults if fault is not None]


def share(made: list[Forgery], number: int, doors: int) -> list[Forgery]:
    """Return what is presented at a door: everything at the first one, and a share elsewhere."""
    step = times(1, everyday=doors if number else 1)
    return made[number % step :: step]


def refused_by_commands(
    installation: Installation, made: list[Forgery], found: Counter[str]
) -> list[str]:
    """Present forgeries to `token verify`, and return what it did not refuse for the reason."""
    faults = []
    for forgery in made[:: times(3, everyday=len(made) // 2)]:
        # What stands around a token is taken off on a command line.
        if forgery.reason in (None, "malformed") or "\0" in forgery.token:
            continue
        process = installation.start("token", "verify", "-", "--json", given=forgery.token)
        stdout, stderr = process.communicate(timeout=60)
        told = json.loads(stdout)["reason"] if process.returncode == 4 else stderr
        found["token verify"] += 1
        if told != forgery.reason:
            faults.append(f"token verify: {forgery.name}: {told}")
    return faults


@pytest.mark.parametrize("algorithm", TRIED)
def test_no_forged_token_opens_a_door(tmp_path: Path, algorithm: str) -> None:
    """Each is refused at each door, for the one reason, and breaks nothing."""
    installation = Installation(tmp_path, PROTEKT_TOKENS_ALGORITHM=algorithm)
    found: Counter[str] = Counter()

    with serving(installation) as server:
        faults = asyncio.run(attack(server, installation, found))
        assert server.stop() == 0

    print(f"\n{algorithm}: {found.total()} forgeries presented", *found.items(), sep="\n  ")
    assert [] == faults
