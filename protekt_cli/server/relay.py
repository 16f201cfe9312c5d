"""The way out for one answer: an endpoint's, or what the application behind the gate sends.

An error that the application did not write as a problem document is held back: the gate writes
it. So the framework's own pages, plain text and without a code, reach nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus

from protekt_cli.server.answer import Answer, Header, Message, Receive, Send

_HELD = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.INTERNAL_SERVER_ERROR}
)
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_PROBLEM = (b"content-type", b"application/problem+json")


class Inlet:
    """The way in for the body of one request, until it is closed."""

    __slots__ = ("_receive",)

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def __call__(self) -> Awaitable[Message]:
        """Receive the next message."""
        return self._receive()

    def close(self) -> None:
        """Let go of the connection, which waits for a body as long as anybody could read it.

        An error's traceback may hold what it came through until the garbage collector runs.
        """
        self._receive = _from_nobody


class Relay:
    """The way out for one answer of the application behind."""

    __slots__ = ("_headers", "_is_head", "_send", "has_started", "held", "status")

    def __init__(self, send: Send, headers: list[Header], *, is_head: bool) -> None:
        self._send = send
        self._headers = headers
        self._is_head = is_head
        self.has_started = False
        #: The status that was passed on.
        self.status = 0
        #: The status of the answer that was held back.
        self.held: int | None = None

    async def send(self, message: Message) -> None:
        """Pass *message* on, or keep it."""
        if self.held is not None:
            return
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if message["status"] in _HELD and _PROBLEM not in headers:
                self.held = message["status"]
                return
            self.has_started, self.status = True, message["status"]
            given = {name for name, _ in headers}
            headers += [(name, value) for name, value in self._headers if name not in given]
            message["headers"] = headers
        elif self._is_head:
            message["body"] = b""
        await self._send(message)

    def close(self) -> None:
        """Let go of the connection, as `Inlet.close` does."""
        self._send = _to_nobody

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        self.has_started, self.status = True, answer.status
        headers = [*self._headers, *answer.headers]
        if answer.status not in _NO_BODY:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        body = b"" if self._is_head else answer.body
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


async def _from_nobody() -> Message:
    """Say to whoever still listens that it is over."""
    return {"type": "http.disconnect"}


async def _to_nobody(_: Message) -> None:
    """Take what is sent after the end."""
