"""Print what revoking very many sessions takes, and what validations meanwhile notice of it.

Run it with `python -m tests.bench.bench_revocation [--all N]`: first all 10,000 sessions of one
user end, then the N of everybody else, both by another process than the server that goes on
validating.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protekt_cli.engine import events, revocation
from protekt_cli.models import Grant
from tests.bench.furnishing import add_user, crowd, install, log_in, opened
from tests.bench.load import Connection, request, server

_OF_ONE = 10_000
_OF_EACH = 100
_VALIDATING = 4


def furnish(folder: Path, everybody: int) -> tuple[str, Grant]:
    """Make the sessions; return the id of the user with many, and a login that is to survive."""
    engine = install(folder)
    survivor = log_in(engine, add_user(engine, "survivor@example.com"), 1)[0]
    many = add_user(engine, "many@example.com")
    crowd(engine, log_in(engine, many, 1)[0].session, _OF_ONE - 1)
    for number in range(everybody // _OF_EACH):
        user = add_user(engine, f"user{number}@example.com")
        crowd(engine, log_in(engine, user, 1)[0].session, _OF_EACH - 1)
    engine.close()
    return many.id, survivor


def revoke(folder: Path, selection: revocation.Selection) -> None:
    """End what is selected, in this process, and print what that took."""
    engine = opened(folder)
    before, began = cpu(), time.perf_counter()
    ended = revocation.revoke(engine, selection, actor=events.CLI).revoked
    took, wall = cpu() - before, time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{ended:8} sessions: {took:6.2f} s CPU, {took / max(ended, 1) * 1e6:5.1f} us each;"
        f" {wall:6.2f} s on the clock; at most {peak:.0f} MB",
        flush=True,
    )
    engine.close()


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Validating:
    """Clients that validate one token without a pause, and note how long each answer took."""

    def __init__(self, port: int, grant: Grant) -> None:
        bearer = f"Authorization: Bearer {grant.access_token}\r\n"
        self._port, self._message = port, request("GET", "/v1/session", headers=bearer)
        self._took: list[float] = []

    def run_beside(self, process: subprocess.Popen[bytes] | None, seconds: float) -> None:
        """Validate until the process has ended, or for some seconds, and print what it took."""
        asyncio.run(self._run(process, seconds))
        took = sorted(self._took)
        self._took = []
        print(
            f"{'':8} validations {'meanwhile' if process else 'before'}: {len(took)},"
            f" p50 {statistics.median(took) * 1e3:.1f} ms, p99"
            f" {took[int(len(took) * 0.99)] * 1e3:.1f} ms, at most {took[-1] * 1e3:.1f} ms",
            flush=True,
        )

    async def _run(self, process: subprocess.Popen[bytes] | None, seconds: float) -> None:
        until = time.perf_counter() + seconds

        async def ask() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            connection = Connection(reader, writer)
            while process.poll() is None if process else time.perf_counter() < until:
                began = time.perf_counter()
                await connection.ask(self._message)
                self._took.append(time.perf_counter() - began)
            writer.close()

        await asyncio.gather(*(ask() for _ in range(_VALIDATING)))


@contextmanager
def another_process(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run this program once more, to revoke."""
    command = [sys.executable, "-m", "tests.bench.bench_revocation", "--folder", str(folder)]
    with subprocess.Popen([*command, *arguments]) as process:
        yield process


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--user", help=argparse.SUPPRESS)
    parser.add_argument("--spare", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder is not None:
        spared = tuple(filter(None, [asked.spare]))
        everybody = revocation.Selection(all=True, except_ids=spared)
        of_one = revocation.Selection(user_id=asked.user)
        revoke(asked.folder, of_one if asked.user else everybody)
        return
    with tempfile.TemporaryDirectory() as name:
        many, survivor = furnish(Path(name), asked.all)
        with server("protekt_server.py", name) as own:
            validating = Validating(own.port, survivor)
            validating.run_beside(None, 3)
            for chosen in (("--user", many), ("--spare", survivor.session.id)):
                with another_process(Path(name), *chosen) as process:
                    validating.run_beside(process, 0)


if __name__ == "__main__":
    main()
