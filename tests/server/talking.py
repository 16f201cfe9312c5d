"""A client of ASGI applications, in process: one request in, one whole answer out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from protekt_cli.server.answer import ASGIApp, Header, Message, Receive, Scope

HOST: Header = (b"host", b"127.0.0.1:8787")
JSON: Header = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """Return the only header of that name."""
        found = [value for field, value in self.headers if field == name]
        assert len(found) < 2, found
        return found[0] if found else None

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)

    def code(self) -> str:
        """Return the code of a problem document."""
        assert self.header(b"content-type") == b"application/problem+json"
        code: str = self.json()["code"]
        return code


def scope_of(
    method: str, target: str, headers: Sequence[Header] = (HOST,), client: str = "192.0.2.7"
) -> Scope:
    """Return the scope that a server would make of a request."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": list(headers),
        "client": (client, 50000),
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 8787),
        "root_path": "",
    }


def sending(*chunks: bytes) -> Receive:
    """Return a `receive` that gives a body in chunks, the last one of them said to be the last."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages[-1]["more_body"] = False
    return telling(*messages)


def telling(*messages: Message) -> Receive:
    """Return a `receive` that gives *messages*, and then nothing for ever."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def ask(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    headers: Iterable[Header] = (),
    host: Sequence[Header] = (HOST,),
    body: bytes = b"",
    client: str = "192.0.2.7",
) -> Answered:
    """Send one request and return the answer."""
    fields = [*host, *headers]
    if body:
        fields.append((b"content-length", str(len(body)).encode()))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_within(app(scope_of(method, target, fields, client), sending(body), send)))
    start, *parts = sent
    assert not parts[-1].get("more_body")
    return Answered(
        start["status"],
        tuple(start["headers"]),
        b"".join(part.get("body", b"") for part in parts),
    )


async def _within(answering: Any) -> None:
    async with asyncio.timeout(10):
        await answering
