"""A real server in a process of its own, and the ways to talk to it: HTTP and the command line.

It starts the `protekt` command and nothing else of Protekt, and it knows no rule of it. Of each
answer it keeps the seconds between which it came, by the clock that the server goes by.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tests.faults.span import Span

PROTEKT = str(Path(sys.executable).with_name("protekt"))

#: Shorter than the time after which the server closes a connection that nobody uses.
_REUSABLE_FOR = 5.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with, and when."""

    status: int
    body: Any
    headers: Mapping[str, str]
    now: Span


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command ended with, and when it ran."""

    code: int
    stdout: str
    stderr: str
    now: Span

    @property
    def shown(self) -> Any:
        """Return what the command showed with `--json`."""
        return json.loads(self.stdout)


class Server:
    """A server on a database of its own, in a folder of its own."""

    def __init__(self, folder: Path, sections: Mapping[str, Mapping[str, object]]) -> None:
        self.folder = folder
        self.offset = 0
        self._connections: dict[str, tuple[HTTPConnection, float]] = {}
        self._environ = {
            name: value for name, value in os.environ.items() if not name.startswith("PROTEKT_")
        }
        algorithm = str(sections.get("tokens", {}).get("algorithm", "ES256"))
        # `init` finds no file yet, and the signing keys are made when it runs.
        environ = self._environ | {"PROTEKT_TOKENS_ALGORITHM": algorithm}
        subprocess.run(
            [PROTEKT, "init", "--dev"], cwd=folder, env=environ, check=True, capture_output=True
        )
        self._initial = (folder / "protekt.toml").read_text(encoding="utf-8")
        self.configure(sections)
        self.start()

    def configure(self, sections: Mapping[str, Mapping[str, object]]) -> None:
        """Write the settings that the next start, and each next command, goes by."""
        lines = [self._initial]
        for section, keys in sections.items():
            lines.append(f"[{section}]")
            lines.extend(f"{name} = {json.dumps(value)}" for name, value in keys.items())
        (self.folder / "protekt.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self) -> None:
        """Start the server on any free port, and wait until it says its address."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._line("serve", "--dev", "--port", "0"),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.folder,
                env=self._environ,
            )
        assert self._process.stdout is not None
        url = _announced(self._process.stdout)
        if url is None:
            raise AssertionError((self.folder / "server.log").read_text(encoding="utf-8"))
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), int(str(address.port))

    def stop(self, *, crashes: bool = False) -> None:
        """Stop the server as it wants to be stopped, or kill it; close every connection."""
        for connection, _ in self._connections.values():
            connection.close()
        self._connections.clear()
        if crashes:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def restart(self, sections: Mapping[str, Mapping[str, object]], *, crashes: bool) -> None:
        """Start the server anew with other settings, after it stopped or was killed."""
        self.stop(crashes=crashes)
        self.configure(sections)
        self.start()

    def offers(self) -> frozenset[str]:
        """Return the paths that the server says it has."""
        return frozenset(self.request("GET", "/openapi.json").body["paths"])

    def second(self) -> int:
        """Return the second it is by the server's clock, which runs beside the machine's."""
        return time.time_ns() // 1_000_000_000 + self.offset

    def request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Answer:
        """Send one request, from one of this machine's loopback addresses."""
        sent = dict(headers or {})
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        connection = self._connection(source)
        before = self.second()
        connection.request(method, path, content, sent)
        response = connection.getresponse()
        text = response.read()
        after = self.second()
        self._connections[source] = connection, time.monotonic()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(
            response.status, json.loads(text) if text else None, received, Span(before, after)
        )

    def command(self, *arguments: str, given: str = "") -> Finished:
        """Run one command on the database beside the running server."""
        return self.commands([arguments], given=given)[0]

    def commands(self, lines: Iterable[tuple[str, ...]], given: str = "") -> list[Finished]:
        """Run several commands at once, and wait for all of them."""
        before = self.second()
        running = [self._spawn(arguments) for arguments in lines]
        outcomes = [(process, *process.communicate(given, timeout=60)) for process in running]
        now = Span(before, self.second())
        return [
            Finished(process.returncode, stdout, stderr, now)
            for process, stdout, stderr in outcomes
        ]

    def advance(self, seconds: int) -> Answer:
        """Move the server's clock forward."""
        answer = self.request("POST", "/dev/clock", {"advance": f"{seconds}s"})
        return self._moved(answer, self.offset + seconds)

    def return_to_real_time(self) -> Answer:
        """Take the server's clock back to the machine's."""
        return self._moved(self.request("POST", "/dev/clock", {"real": True}), 0)

    def reset(self) -> None:
        """Empty the store, and take the clock back to the machine's."""
        answer = self.request("POST", "/dev/reset")
        assert answer.status == 204, answer
        self.offset = 0

    def _moved(self, answer: Answer, offset: int) -> Answer:
        moved = offset - self.offset
        self.offset = offset
        now = answer.now + moved
        assert answer.status == 200, answer
        assert answer.body["now"] in now, (answer, now)
        return Answer(answer.status, answer.body, answer.headers, now)

    def _connection(self, source: str) -> HTTPConnection:
        connection, used = self._connections.pop(source, (None, 0.0))
        if connection is not None and time.monotonic() - used < _REUSABLE_FOR:
            return connection
        if connection is not None:
            connection.close()
        return HTTPConnection(self._host, self._port, timeout=30, source_address=(source, 0))

    def _line(self, *arguments: str) -> list[str]:
        return [PROTEKT, "--config", str(self.folder / "protekt.toml"), *arguments]

    def _spawn(self, arguments: tuple[str, ...]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._line(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self._environ,
        )


def _announced(stdout: IO[str]) -> str | None:
    for line in stdout:
        url = next((word for word in line.split() if word.startswith("http://")), None)
        if url is not None:
            return url.rstrip("/")
    return None
