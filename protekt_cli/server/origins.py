"""Which pages may send requests that a browser adds authority to (OWASP, CSRF prevention).

A browser names the page that a request comes from; other programs name none.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from protekt_cli.config import Settings
from protekt_cli.errors import Forbidden
from protekt_cli.server.hosts import is_loopback
from protekt_cli.server.request import Request

#: The port that an origin does not name, by its scheme.
_UNNAMED_PORTS = {"http": "80", "https": "443"}


class Origins:
    """The origins whose pages are trusted: those configured, and this server's own."""

    def __init__(self, settings: Settings) -> None:
        server = settings.server
        own = {_origin_of(server.public_url)} if server.public_url else set()
        self._allowed = frozenset(server.cors_origins) | own
        self._scheme = "https" if server.tls_cert else "http"

    def check(self, request: Request, *, only_browsers: bool = False) -> None:
        """Refuse a request that a page of somebody else's sent.

        Args:
            only_browsers: A request that names no page at all is no browser's, and passes.

        Raises:
            Forbidden: The page is of another origin, or nothing says of which.
        """
        origin, site = request.header(b"origin"), request.header(b"sec-fetch-site")
        if origin is None:
            passes = site == "same-origin" or (site is None and only_browsers)
        else:
            passes = origin in self._allowed or self._is_own(origin, request)
        if not passes:
            raise Forbidden(
                "a page of another origin sent this request",
                hint="whoever runs the server can name its origin in server.cors_origins",
            )

    def _is_own(self, origin: str, request: Request) -> bool:
        """Whether *origin* is this server by the loopback name that the request used."""
        host = request.fields[b"host"].lower()
        return is_loopback(host) and origin == f"{self._scheme}://{host.decode('latin-1')}"


def _origin_of(url: str) -> str:
    """Return the origin of a URL as browsers spell it (RFC 6454 6.2)."""
    parts = urlsplit(url.lower())
    place = parts.netloc.rpartition("@")[2]
    host, _, port = place.rpartition(":")
    return f"{parts.scheme}://{host if port in ('', _UNNAMED_PORTS[parts.scheme]) else place}"
