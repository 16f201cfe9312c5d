"""What the server benches share: a server in a process of its own, and its CPU per request."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What one request of a run took."""

    cpu_us: float
    per_second: float


class Server:
    """A server process, and how much CPU it has used."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline().rpartition(":")[2].strip("/\n"))

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def measure(self, count: int, run: Callable[[], None]) -> Cost:
        """Return the cost of each of the *count* requests that *run* makes."""
        cpu, wall = self.cpu_seconds(), time.perf_counter()
        run()
        cpu, wall = self.cpu_seconds() - cpu, time.perf_counter() - wall
        return Cost(cpu / count * 1e6, count / wall)


@contextmanager
def server(program: str, *arguments: str) -> Iterator[Server]:
    """Run *program* of this folder, which prints its URL, until the end."""
    command = [sys.executable, str(Path(__file__).with_name(program)), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Server(process)
    finally:
        process.terminate()
        process.wait()


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    """Return one request, ready to send on a connection that stays open."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


class Connection:
    """One connection that stays open; it reads no more of an answer than it must."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, message: bytes) -> bytes:
        """Return the body of a 2xx answer."""
        self._writer.write(message)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 2" not in head[:12]:
            raise AssertionError(head)
        start = head.lower().index(b"content-length:") + 15
        return await self._reader.readexactly(int(head[start : head.index(b"\r", start)]))


def run_clients(port: int, clients: list[Callable[[Connection], Awaitable[None]]]) -> None:
    """Run each client on a connection of its own, all at once."""

    async def run_one(client: Callable[[Connection], Awaitable[None]]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await client(Connection(reader, writer))
        writer.close()

    async def run_all() -> None:
        await asyncio.gather(*(run_one(client) for client in clients))

    asyncio.run(run_all())
