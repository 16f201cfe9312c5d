"""Which pages may send requests that a browser adds authority to (OWASP, CSRF prevention).

A browser names the page that a request comes from; other programs name none, and are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable

from protekt_cli.errors import Forbidden
from protekt_cli.server.hosts import is_loopback
from protekt_cli.server.request import Request


class Origins:
    """The origins whose pages are trusted, beside those of this server itself."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)

    def check(self, request: Request) -> None:
        """Refuse a request that a page of somebody else's sent.

        Raises:
            Forbidden: The page is of another origin, or the browser does not say of which.
        """
        origin, site = request.header(b"origin"), request.header(b"sec-fetch-site")
        if origin is None and site in (None, "same-origin"):
            return
        if origin is None or not (origin in self._allowed or _is_own(origin, request)):
            raise Forbidden("a page of another origin sent this request")


def _is_own(origin: str, request: Request) -> bool:
    """Whether *origin* is this server by the loopback name that the request used."""
    host = request.fields[b"host"].lower()
    return is_loopback(host) and origin == f"http://{host.decode('latin-1')}"
