"""Which pages of other origins may read answers: those configured, by their exact origin (Fetch).

A page that is not named gets no header that would let it read anything; nothing here decides
whether a request is heard.
"""

from __future__ import annotations

from collections.abc import Iterable

from protekt_cli.errors import Forbidden
from protekt_cli.server.answer import Answer, Header
from protekt_cli.server.request import Request

_VARY: Header = (b"vary", b"Origin")
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, X-API-Key, X-Device-Id, X-Request-Id, Last-Event-ID",
    ),
    (b"access-control-max-age", b"600"),
)
_READABLE: Header = (
    b"access-control-expose-headers",
    b"X-Request-Id, Retry-After, WWW-Authenticate",
)


class Cors:
    """The origins whose pages may read answers."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def headers(self, request: Request) -> tuple[Header, ...]:
        """Return what tells a browser whether the page may read the answer."""
        if not self._allowed:
            return ()
        origin = request.fields.get(b"origin")
        if origin not in self._allowed:
            return (_VARY,)
        return (
            _VARY,
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            _READABLE,
        )

    def preflight(self, request: Request) -> Answer | None:
        """Return the answer to a browser that asks whether a page may ask; None for any other.

        Raises:
            Forbidden: The page's origin is not configured.
        """
        if request.method != "OPTIONS" or b"access-control-request-method" not in request.fields:
            return None
        if request.fields.get(b"origin") not in self._allowed:
            raise Forbidden(
                "pages of this origin may not call this server",
                hint="whoever runs the server can name it in server.cors_origins",
            )
        return Answer(204, headers=_PREFLIGHT)
