"""What is filled into a proxy's configuration: where it listens, whom it asks, what it guards."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

#: The headers by which an app learns whose a request is.
HEADERS = ("X-Auth-User-Id", "X-Auth-User-Email", "X-Auth-Session-Id")
#: What a proxy passes on when it asks, besides where the client is.
ASKED_WITH = ("Authorization", "Cookie", "User-Agent", "X-Device-Id")

NOTES = """\
# - Let nobody reach the app but this proxy: the app believes the X-Auth-* headers.
# - It listens on every address, in plain http: have it speak https before others use it.
# - Users log in at Protekt. Its cookies come along here where the host is the same, or where
#   cookies.domain covers both.
# - Protekt sees the addresses of clients, not the proxy's, where server.trusted_proxies names it.
"""

_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+")
_PORTS = {"http": 80, "https": 443}
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to connect to instead
#: Where systems keep the certificates that they trust; the first stands where there is none.
_CA_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


class Upstream(NamedTuple):
    """What a proxy connects to."""

    scheme: str
    host: str
    port: int

    @property
    def is_tls(self) -> bool:
        return self.scheme == "https"

    @property
    def is_address(self) -> bool:
        """Whether the host is an address rather than a name."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Place(NamedTuple):
    """Everything that a configuration is filled in with."""

    protekt: Upstream
    app: Upstream
    listen: int


class Text(Template):
    """A configuration with places to fill in: `%{name}`, for the proxies use the dollar."""

    delimiter = "%"


def upstream(url: str) -> Upstream:
    """Return what a URL says to connect to.

    Raises:
        ValueError: It is not where a server is, or says more than that.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except (KeyError, ValueError):
        port = 0
    if not port or not _HOST.fullmatch(host):
        raise ValueError("http:// or https://, a host, and perhaps a port")
    bare = f"{parts.scheme}://{parts.netloc}"
    if url.rstrip("/").lower() != bare.lower() or "@" in bare:
        raise ValueError("only where the server is, without user, path, query or fragment")
    return reachable(parts.scheme, host, port)


def reachable(scheme: str, host: str, port: int) -> Upstream:
    """Return what to connect to where a server listens on *host*."""
    bare = host.strip("[]")
    return Upstream(scheme, _EVERY_ADDRESS.get(bare, bare), port)


def ca_file() -> str:
    """Return the file with the certificates that this system trusts."""
    return next((name for name in _CA_FILES if Path(name).exists()), _CA_FILES[0])
