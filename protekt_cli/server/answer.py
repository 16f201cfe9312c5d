"""The answer that an endpoint gives back, and the few shapes of ASGI that the server speaks in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple, Self

from pydantic_core import to_json

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

#: For every answer that holds a token (RFC 6749, 5.1).
NO_STORE: Header = (b"cache-control", b"no-store")


class Answer(NamedTuple):
    """A whole answer. What every answer carries is added on the way out."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()

    @classmethod
    def json(
        cls,
        status: int,
        value: object,
        headers: Iterable[Header] = (),
        *,
        media_type: bytes = b"application/json",
    ) -> Self:
        """Return *value* as a JSON answer, ended by a line feed for whoever reads in a shell."""
        return cls(
            status,
            to_json(value, inf_nan_mode="null") + b"\n",
            ((b"content-type", media_type), *headers),
        )
