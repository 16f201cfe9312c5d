"""Passes on what the application behind the gate answers, with the gate's own headers.

An error that the application did not write as a problem document is held back: the gate writes
it. So the framework's own pages, plain text and without a code, reach nobody.
"""

from __future__ import annotations

from http import HTTPStatus

from protekt_cli.server.answer import Header, Message, Send

_HELD = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.INTERNAL_SERVER_ERROR}
)
_PROBLEM = (b"content-type", b"application/problem+json")


class Relay:
    """The way out for one answer of the application behind."""

    __slots__ = ("_headers", "_is_head", "_send", "has_started", "held")

    def __init__(self, send: Send, headers: list[Header], *, is_head: bool) -> None:
        self._send = send
        self._headers = headers
        self._is_head = is_head
        self.has_started = False
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
            self.has_started = True
            message["headers"] = headers + self._headers
        elif self._is_head:
            message["body"] = b""
        await self._send(message)
