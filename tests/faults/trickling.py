"""Clients that are slow on purpose: each holds a connection and gives or takes next to nothing."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

#: Seconds between two bytes.
_PAUSE = 1.0
#: Seconds after which one that reads nothing, and so hears of no end, begins again.
_RENEWED = 12.0
#: Bytes that are read ahead of what is asked for.
_DEAF = 1024

_START = b"POST /v1/sessions/validate HTTP/1.1\r\nHost: localhost\r\n"
_BODY = _START + b"Content-Type: application/json\r\n"

Slow = Callable[[StreamReader, StreamWriter, str], Awaitable[None]]


async def _drip(writer: StreamWriter, byte: bytes) -> None:
    while not writer.is_closing():
        writer.write(byte)
        await asyncio.sleep(_PAUSE)


async def slow_line(_: StreamReader, writer: StreamWriter, __: str) -> None:
    writer.write(b"GET /")
    await _drip(writer, b"a")


async def slow_headers(_: StreamReader, writer: StreamWriter, __: str) -> None:
    writer.write(_START + b"X-Slow: ")
    await _drip(writer, b"a")


async def slow_body(_: StreamReader, writer: StreamWriter, __: str) -> None:
    writer.write(_BODY + b"Content-Length: 1000\r\n\r\n{")
    await _drip(writer, b" ")


async def slow_chunks(_: StreamReader, writer: StreamWriter, __: str) -> None:
    writer.write(_BODY + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
    await _drip(writer, b"1\r\n \r\n")


async def silent(reader: StreamReader, _: StreamWriter, __: str) -> None:
    await reader.read()


async def idle(reader: StreamReader, writer: StreamWriter, token: str) -> None:
    """Ask once, and keep the connection."""
    writer.write(b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\n")
    writer.write(f"Authorization: Bearer {token}\r\n\r\n".encode())
    while await reader.read(_DEAF):
        pass


async def deaf(_: StreamReader, writer: StreamWriter, __: str) -> None:
    """Ask for much, and read none of it."""
    writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
    await asyncio.sleep(_RENEWED)


async def deaf_to_events(_: StreamReader, writer: StreamWriter, token: str) -> None:
    """Follow the events of a session, and read none of them."""
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n")
    writer.write(f"Authorization: Bearer {token}\r\n\r\n".encode())
    await asyncio.sleep(_RENEWED)


_KINDS: tuple[Slow, ...] = (
    *(slow_line, slow_headers, slow_body, slow_chunks),
    *(silent, idle, deaf, deaf_to_events),
)


@asynccontextmanager
async def trickling(port: int, token: str, count: int) -> AsyncIterator[None]:
    """Keep *count* slow connections of all kinds open until the end of the block."""
    begun = asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(_hold(port, token, _KINDS[number % len(_KINDS)], begun))
        for number in range(count)
    ]
    try:
        for _ in tasks:
            await begun.acquire()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hold(port: int, token: str, slow: Slow, begun: asyncio.Semaphore) -> None:
    """Be slow, and again on a new connection where the old one was cut."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_DEAF)
        begun.release()
        try:
            with suppress(ConnectionError):
                await slow(reader, writer, token)
        finally:
            writer.close()
