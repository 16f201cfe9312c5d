"""The product as its users have it: a folder, the `protekt` command, a server in its own process.

Everything runs with an environment of its own, so that nothing of the machine's user is read or
written.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protekt_cli.store.sqlite import open_existing
from tests.journeys.asking import PATIENCE, Answer, Client

PROTEKT = str(Path(sys.executable).with_name("protekt"))
EMAIL, PASSWORD = "user@example.com", "secret123"
OTHER_EMAIL, OTHER_PASSWORD = "other@example.com", "another secret"
#: Argon2id as weak as it can be made: what it protects here is nobody's.
CHEAPEST = {
    "PROTEKT_PASSWORDS_ARGON2_TIME_COST": "1",
    "PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB": "8",
}
URL = re.compile(r"https?://127\.0\.0\.1:(\d+)")
ERROR = re.compile(r"protekt: [^\n]+\n(hint: [^\n]+\n)?")


#: The members that a user and a session have in every answer.
USER = {
    "id",
    "email",
    "name",
    "status",
    "metadata",
    "createdAt",
    "updatedAt",
    "lastLoginAt",
}
SESSION = {
    "id",
    "userId",
    "userEmail",
    "status",
    "device",
    "ip",
    "userAgent",
    "location",
    "amr",
    "createdAt",
    "lastActiveAt",
    "refreshedAt",
    "idleExpiresAt",
    "absoluteExpiresAt",
    "expiresAt",
    "endedAt",
    "endReason",
    "endNote",
    "current",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what a command that succeeded printed, read as JSON."""
        assert self.code == 0, self
        return json.loads(self.out)

    def refusal(self) -> tuple[int, str]:
        """Return exit code and message of a command that said no as it should."""
        assert ERROR.fullmatch(self.err), self.err
        return self.code, self.err.splitlines()[0].removeprefix("protekt: ")


@dataclass(frozen=True, slots=True)
class Server:
    """A running `protekt serve`, and all that it has printed."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """Send one request over a connection of its own."""
        with Client(self.port) as client:
            return client.ask(method, path, body, **more)

    def login(self, email: str, password: str, **more: object) -> Any:
        """Return the session response of a login."""
        body = {"type": "password", "email": email, "password": password, **more}
        answer = self.ask("POST", "/v1/sessions", body)
        assert answer.status == 201, answer
        return answer.json()

    def validate(self, token: str) -> Any:
        """Return what the server says of an access token."""
        return self.ask("POST", "/v1/sessions/validate", {"sessionToken": token}).json()

    def refresh(self, token: str) -> Answer:
        """Present a refresh token."""
        return self.ask("POST", "/v1/sessions/refresh", {"refreshToken": token})

    def why_ended(self, token: str) -> tuple[str, str | None]:
        """Return why the guard refuses an access token: `reason` and `endReason`."""
        answer = self.ask("GET", "/v1/session", token=token)
        assert answer.problem()[:2] == (401, "invalid_token")
        assert answer.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
        return answer.json()["reason"], answer.json()["endReason"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@dataclass(frozen=True, slots=True)
class Installation:
    """A working folder with an environment, in which `protekt` is run."""

    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: CHEAPEST)

    @property
    def folder(self) -> Path:
        return self.root / "work"

    @property
    def database(self) -> Path:
        return self.folder / "protekt.db"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def environment(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        """Return the whole environment of a process."""
        for name in ("work", "home", "tmp"):
            (self.root / name).mkdir(exist_ok=True)
        return {
            "PATH": f"{Path(PROTEKT).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "TMPDIR": str(self.root / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            **self.environ,
            **more,
        }

    def run(
        self,
        *arguments: str,
        stdin: str = "",
        environ: Mapping[str, str] = {},
        before: Sequence[str] = (),
    ) -> Ran:
        """Run `protekt` to its end, in *before*'s wrapping."""
        ended = subprocess.run(
            [*before, PROTEKT, *arguments],
            cwd=self.folder,
            env=self.environment(environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    @contextmanager
    def serve(self, *arguments: str, environ: Mapping[str, str] = {}) -> Iterator[Server]:
        """Run `protekt serve` until the end of the block; on a free port unless one is named."""
        wanted = arguments if "--port" in arguments else ("--port", "0", *arguments)
        log = self.root / f"serve-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [PROTEKT, "serve", *wanted],
                cwd=self.folder,
                env=self.environment(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(process, _port_announced(process, log), log)
        finally:
            process.kill()
            process.wait(PATIENCE)

    def rows(self, query: str) -> list[Any]:
        """Return what is in the database."""
        with closing(open_existing(self.database)) as connection:
            return list(connection.execute(query))

    def state(self) -> dict[str, list[Any]]:
        """Return everything that the database holds, but for the record of what happened."""
        tables = self.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite%' AND name NOT IN ('events', 'throttle', 'meta')"
        )
        return {
            name: sorted(self.rows(f"SELECT * FROM {name}"), key=repr)  # noqa: S608
            for (name,) in tables
        }

    def listing(self) -> dict[str, int]:
        """Return every file below the working and the home folder, with its size."""
        return {
            str(path.relative_to(self.root)): path.stat().st_size
            for top in (self.folder, self.home)
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }


def _port_announced(process: subprocess.Popen[bytes], log: Path) -> int:
    port = until(lambda: URL.search(log.read_text()) or process.poll() is not None, "the URL")
    assert isinstance(port, re.Match), f"the server ended: {log.read_text()}"
    return int(port[1])


def until(look: Callable[[], Any], what: str) -> Any:
    """Look until there is something to be seen; fail where that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(0.02)
    return seen
