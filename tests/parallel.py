"""Many HTTP connections at once, with little between the socket and the test."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

#: Seconds; whoever waits so long for an answer gets none.
PATIENCE = 30.0


class Answered(NamedTuple):
    """The status of an answer, and its JSON."""

    status: int
    body: Any


class Connection:
    """One connection that stays open; it reads no more of an answer than it must."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a server of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def exchange(self, message: bytes) -> tuple[int, bytes]:
        """Send a whole request, and return the status and the body of its answer."""
        async with asyncio.timeout(PATIENCE):
            self._writer.write(message)
            head = await self._reader.readuntil(b"\r\n\r\n")
            fields = head.lower()
            at = fields.find(b"content-length:")
            size = int(fields[at + 15 : fields.index(b"\r", at)]) if at >= 0 else 0
            return int(head[9:12]), await self._reader.readexactly(size)

    async def ask(
        self, method: str, path: str, body: object = None, token: str | None = None
    ) -> Answered:
        """Ask with a JSON body and an access token, where there are such."""
        headers = f"Authorization: Bearer {token}\r\n" if token else ""
        sent = b"" if body is None else json.dumps(body).encode()
        status, content = await self.exchange(request(method, path, sent, headers))
        return Answered(status, json.loads(content) if content else None)

    async def refresh(self, token: str) -> Answered:
        """Present a refresh token."""
        return await self.ask("POST", "/v1/sessions/refresh", {"refreshToken": token})

    async def validate(self, token: str) -> Answered:
        """Ask whether an access token is good."""
        return await self.ask("POST", "/v1/sessions/validate", {"sessionToken": token})

    async def log_in(self, email: str, password: str) -> Answered:
        """Log in by password."""
        body = {"type": "password", "email": email, "password": password}
        return await self.ask("POST", "/v1/sessions", body)

    def close(self) -> None:
        self._writer.close()


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    """Return one request, ready to send on a connection that stays open."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body
