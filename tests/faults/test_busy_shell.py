"""Many commands that write at once, beside a server that is writing all the time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times
from tests.parallel import Connection

#: Commands at once, and clients of the server beside them.
COMMANDS, CLIENTS = 24, 8


def commands(turn: int) -> list[list[str]]:
    """Return what is run at once: each writes, no two the same, and none needs another."""
    lines = [
        line.format(number=f"{turn}-{number}")
        for number in range(5)
        for line in (
            "users create {number}@example.com --no-password",
            f"token issue {EMAIL} --device {{number}}",
            "apikeys create {number}",
            f"users update {EMAIL} --name {{number}}",
        )
    ]
    lines += [
        "keys rotate",
        "sessions revoke --ip 192.0.2.0/24 --yes",
        "sessions prune --older-than 1h --yes",
        "events prune --older-than 1h --yes",
    ]
    assert len(lines) == COMMANDS
    return [[*line.split(), "--json"] for line in lines]


async def keep_writing(connection: Connection, is_over: asyncio.Event) -> int:
    """Log in and refresh again and again, each of which has to succeed; return how often."""
    count = 0
    while not is_over.is_set():
        answer = await connection.log_in(EMAIL, PASSWORD)
        assert answer.status == 201, answer
        answer = await connection.refresh(answer.body["refreshToken"])
        assert answer.status == 200, answer
        count += 2
    return count


async def run_at_once(installation: Installation, turn: int) -> list[tuple[int, str, list[str]]]:
    """Run the commands, and return the exit code and the stderr of each."""
    started = [(installation.start(*words), words) for words in commands(turn)]
    ended = []
    for process, words in started:
        _, said = await asyncio.to_thread(process.communicate, timeout=120)
        ended.append((process.returncode, said, words))
    return ended


async def run_beside(server: Serving, installation: Installation, turns: int) -> int:
    """Run the commands some times, while the server writes; return how often that wrote."""
    is_over = asyncio.Event()
    async with connected(server, CLIENTS) as connections, asyncio.TaskGroup() as group:
        writing = [group.create_task(keep_writing(each, is_over)) for each in connections]
        for turn in range(turns):
            ended = await run_at_once(installation, turn)
            assert [each for each in ended if each[:2] != (0, "")] == []
        is_over.set()
    return sum(task.result() for task in writing)


def test_commands_at_once_beside_a_busy_server_all_succeed(tmp_path: Path) -> None:
    """Each waits for its turn; nobody, there or here, hears of a lock, and all of it is there."""
    turns = times(20, everyday=1)
    installation = Installation(tmp_path)

    with serving(installation, "--workers", "2") as server:
        written = asyncio.run(run_beside(server, installation, turns))
        assert server.stop() == 0

    print(f"\n{turns * COMMANDS} commands beside {written} writing requests")
    users = installation.run("users", "list", "--limit", "0", "--ids").split()
    issued = installation.shown("sessions", "list", "--status", "all", "--limit", "0")
    assert len(users) == 1 + 5 * turns
    assert len(installation.shown("apikeys", "list", "--limit", "0")) == 5 * turns
    assert len([each for each in issued if each["amr"] == ["admin"]]) == 5 * turns
    assert installation.shown("events", "verify")["ok"]
    assert installation.shown("db", "check")["ok"]
