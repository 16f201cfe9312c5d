"""Readers of event streams that come and go, while workers are killed and others write."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from protekt_cli.store.sqlite import open_existing
from tests.event_streams import ALL, Listening, Shown
from tests.faults.running import EMAIL, Installation, Serving, serving, times

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="workers are seen in /proc")


class Reader(threading.Thread):
    """Somebody who reads on and on, and comes back wherever a stream broke off."""

    def __init__(
        self, installation: Installation, server: Serving, key: str, after: int, seed: int
    ) -> None:
        super().__init__()
        self.seen: list[Shown] = []
        self.until: int | None = None
        self._installation, self._server = installation, server
        self._key, self._after = key, after
        self._random = random.Random(seed)

    def run(self) -> None:
        while self.until is None or self._after < self.until:
            self._miss(self._random.randrange(4))
            self._read(self._random.randrange(1, 10))

    def _miss(self, count: int) -> None:
        """Stay away until so many events have been written, or no more will be."""
        while self.until is None and newest(self._installation) < self._after + count:
            time.sleep(0.01)

    def _read(self, wanted: int) -> None:
        try:
            stream = Listening(self._server.port, ALL, key=self._key, after=self._after)
        except OSError:  # the worker that was to answer was killed
            return

        def is_enough(shown: list[Shown]) -> bool:
            last = shown[-1].id if shown else self._after
            is_over = stream.is_whole is not None or (self.until is not None and last >= self.until)
            return is_over or len(shown) >= wanted

        stream.wait_for(is_enough)
        self.seen += stream.close()
        self._after = self.seen[-1].id if self.seen else self._after


def newest(installation: Installation) -> int:
    with closing(open_existing(installation.database)) as connection:
        return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])


def kill_a_worker(server: Serving) -> None:
    """Kill one of those there are; another is about to take its place."""
    pid = server.process.pid
    for worker in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[:1]:
        os.kill(int(worker), signal.SIGKILL)


def write(installation: Installation, number: int) -> list[subprocess.Popen[str]]:
    """Start commands that write, all at once."""
    return [
        installation.start("users", "create", f"{number}@example.com", "--no-password"),
        installation.start("token", "issue", EMAIL),
        installation.start("keys", "rotate"),
    ]


def test_no_event_is_lost_or_repeated(tmp_path: Path) -> None:
    """Each reader has seen each event once and in order, whatever happened in between."""
    installation = Installation(tmp_path)
    key = json.loads(installation.run("apikeys", "create", "k", "--scope", "read", "--json"))["key"]
    begin = newest(installation)
    with serving(installation, "--workers", "2") as server:
        readers = [Reader(installation, server, key, begin, seed) for seed in range(3)]
        for reader in readers:
            reader.start()
        for number in range(times(40, everyday=4)):
            commands = write(installation, number)
            if number % 3 == 0:  # more of them, and their successors would wait ever longer
                kill_a_worker(server)
            for command in commands:
                command.communicate(timeout=60)
                assert command.returncode == 0
        installation.run("sessions", "revoke", "--user", EMAIL, "--yes")
        end = newest(installation)
        for reader in readers:
            reader.until = end
        for reader in readers:
            reader.join(60)

    for reader in readers:
        assert list(range(begin + 1, end + 1)) == [event.id for event in reader.seen][: end - begin]
