"""`protekt events tail --follow` on a server: as live as its stream, and past its restarts."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.running import PATIENCE, PROTEKT, Run
from tests.cli.serving import Served, served
from tests.journeys.installation import Installation


class Following:
    """`protekt events tail --follow --jsonl`, and what it prints."""

    def __init__(self, server: Served) -> None:
        self._process = subprocess.Popen(
            [PROTEKT, "--server", server.url, "events", "tail", "--follow", "--jsonl"],
            env={**os.environ, "PROTEKT_API_KEY": server.key},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._text = b""
        self.seen: list[int] = []

    def until(self, type_: str) -> None:
        """Wait for an event of a type, after what was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while True:
            line, is_whole, rest = self._text.partition(b"\n")
            if is_whole:
                self._text = rest
                event = json.loads(line)
                self.seen.append(event["seq"])
                if event["type"] == type_:
                    return
                continue
            assert self._process.stdout is not None
            ready, _, _ = select.select([self._process.stdout], [], [], 1)
            assert time.monotonic() < deadline, self.seen
            if ready:
                read = os.read(self._process.stdout.fileno(), 65_536)
                assert read, f"it ended: {self.end()}"
                self._text += read

    def close_reader(self) -> int:
        """Go away as its reader, and return its exit code."""
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(PATIENCE)

    def end(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it said on stderr."""
        _, said = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, said.decode()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def following(server: Served) -> Iterator[Following]:
    """Follow the events of a server until the end of the block."""
    tail = Following(server)
    try:
        yield tail
    finally:
        tail.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all of this file."""
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


def test_events_come_as_they_are_written(protekt: Run, server: Served) -> None:
    """First the last ones there are, then each once, also what another process wrote."""
    with following(server) as tail:
        tail.until("apikey:create")
        server.locally(protekt, "token", "issue", "alice@example.com")
        tail.until("session:create")
        server.remotely(protekt, "users", "disable", "bob@example.com")
        tail.until("user:disable")

        assert list(range(tail.seen[0], tail.seen[-1] + 1)) == tail.seen


def test_reader_that_goes_away_ends_it(server: Served) -> None:
    """Soon, and not only when the next event is written."""
    with following(server) as tail:
        tail.until("apikey:create")

        assert 1 == tail.close_reader()


def test_revoked_api_key_ends_it(protekt: Run, server: Served) -> None:
    """With the event that says so, and then exit 4."""
    made = server.locally(protekt, "apikeys", "create", "short-lived", "--scope", "read", "--json")

    with following(Served(server.installation, server.url, made.json["key"])) as tail:
        tail.until("apikey:create")
        server.locally(protekt, "apikeys", "revoke", made.json["id"])
        tail.until("apikey:revoke")
        code, said = tail.end()

    assert 4 == code
    assert "this API key is not known here" in said


def test_restart_of_the_server_loses_and_repeats_nothing(protekt: Run, tmp_path: Path) -> None:
    """What was written while none ran comes when one runs again."""
    with served(tmp_path) as first:
        port = first.url.rpartition(":")[2]
        tail = Following(first)
        tail.until("apikey:create")
        first.locally(protekt, "token", "issue", "alice@example.com")
        tail.until("session:create")
    try:
        first.locally(protekt, "users", "disable", "alice@example.com")
        with Installation(tmp_path).serve("--port", port):
            tail.until("user:disable")
            first.locally(protekt, "users", "enable", "alice@example.com")
            tail.until("user:enable")

        assert list(range(tail.seen[0], tail.seen[-1] + 1)) == tail.seen
    finally:
        tail.kill()


def test_server_that_is_not_there_ends_it_at_once(server: Served) -> None:
    """It has never been followed: exit 6, as for every command."""
    with following(Served(server.installation, "http://127.0.0.1:9", server.key)) as tail:
        code, said = tail.end()

    assert 6 == code
    assert "connection refused" in said
