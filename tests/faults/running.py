"""An installation, and its server in a process group of its own that can be killed whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.parallel import Connection

PROTEKT = str(Path(sys.executable).with_name("protekt"))
EMAIL, PASSWORD = "alice@example.com", "correct horse battery"

#: Cheap hashing, and as many guesses as anybody likes: neither is what is tested.
CHEAP = {
    "PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB": "64",
    "PROTEKT_PASSWORDS_ARGON2_TIME_COST": "1",
    "PROTEKT_THROTTLE_ACCOUNT_ATTEMPTS": "1000000",
    "PROTEKT_THROTTLE_IP_ATTEMPTS": "1000000",
}


class Installation:
    """A folder with a database and one user, and the command line for it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.environ = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("PROTEKT_")
            },
            **CHEAP,
            **variables,
            "HOME": str(folder),
        }
        self.run("init")
        self.add_user(EMAIL)

    @property
    def database(self) -> Path:
        return self.folder / "protekt.db"

    def add_user(self, email: str) -> str:
        """Create a user with the one password, and return its id."""
        shown = self.run("users", "create", email, "--password-stdin", "--json", given=PASSWORD)
        return str(json.loads(shown)["id"])

    def start(self, *arguments: str, given: str | None = None) -> subprocess.Popen[str]:
        """Start a command beside whatever else runs."""
        process = subprocess.Popen(
            [PROTEKT, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if given is not None and process.stdin is not None:
            process.stdin.write(given)
            process.stdin.close()
            process.stdin = None
        return process

    def run(self, *arguments: str, given: str | None = None, code: int = 0) -> str:
        """Run a command to its end, which must be this exit code, and return its stdout."""
        process = self.start(*arguments, given=given)
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == code, (arguments, process.returncode, stderr)
        return stdout

    def shown(self, *arguments: str) -> Any:
        """Run a command with `--json` and return what it showed."""
        return json.loads(self.run(*arguments, "--json"))


class DidNotStart(Exception):
    """The server ended before it served; it says with which exit code, and why."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code, self.said = code, said


class Serving:
    """A running server: its port, and the ways to end it."""

    def __init__(self, installation: Installation, *arguments: str, **variables: str) -> None:
        #: Whether all of it has ended, by the word of this object.
        self.is_over = False
        self.log = (installation.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [PROTEKT, "serve", "--port", "0", *arguments],
            cwd=installation.folder,
            env=installation.environ | variables,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        #: What it has said on its stdout: its first line, and once it was stopped the others.
        self.said = self.process.stdout.readline()
        url = next((word for word in self.said.split() if word.startswith("http://")), None)
        if url is None:
            self._reap()
            said = (installation.folder / "server.log").read_text()
            raise DidNotStart(self.process.returncode, said)
        self.port = int(str(urlsplit(url).port))

    def kill_all(self) -> None:
        """Kill the server and every process of it at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._reap()

    def kill_parent(self) -> None:
        """Kill only the process that was started."""
        self.process.kill()
        # Not reaped yet, so that its id still names the group.
        os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)

    def stop(self) -> int:
        """Stop the server as it wants to be stopped, and return its exit code."""
        self.process.terminate()
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        self._reap()
        return self.process.returncode

    def _reap(self) -> None:
        self.is_over = True
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()


@contextmanager
def serving(installation: Installation, *arguments: str, **variables: str) -> Iterator[Serving]:
    """Run a server until the end of the block, however that is reached."""
    server = Serving(installation, *arguments, **variables)
    try:
        yield server
    finally:
        if not server.is_over:
            server.kill_all()


@asynccontextmanager
async def connected(server: Serving, count: int) -> AsyncIterator[list[Connection]]:
    """Open connections until the end of the block; with two workers, some lead to each."""
    connections = [await Connection.open(server.port) for _ in range(count)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def times(whole: int, *, everyday: int) -> int:
    """Return how often to do a thing: *whole* in the long run, which `PROTEKT_FAULTS=whole` asks.

    The long run is `PROTEKT_FAULTS=whole pytest -n0 -s tests/faults`.
    """
    return whole if os.environ.get("PROTEKT_FAULTS") == "whole" else everyday
