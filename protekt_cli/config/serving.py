"""The sections that say where the store is and how the server meets the network.

Fields only: each is a key, with its default and all that is known of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from protekt_cli.config.keys import Kind, about

LOCAL_URL = "http://127.0.0.1:8787"

_NAME = r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?"
_HOST = rf"\[[0-9A-Fa-f:.]+\]|{_NAME}"
# As a browser writes it (RFC 6454 6.2): small letters, and no port that is the scheme's own.
_ORIGIN = (
    r"(?!http://[^/]*:80$)(?!https://[^/]*:443$)"
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?)(:[0-9]{1,5})?"
)
# A token of RFC 9110 5.6.2.
_COOKIE_NAME = {"pattern": r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "form": "the name of a cookie"}
_INT32 = 2**31 - 1


@dataclass(frozen=True, eq=False, repr=False)
class Database:
    """Where everything is kept."""

    url: str = field(
        default="protekt.db",
        metadata=about(
            Kind.DATABASE,
            "where everything is kept: a path, or sqlite:///path",
        ),
    )

    @property
    def path(self) -> Path:
        """The database file: absolute in settings that were loaded."""
        return Path(self.url)


@dataclass(frozen=True, eq=False, repr=False)
class Server:
    """What listens, and whom it believes."""

    host: str = field(
        default="127.0.0.1",
        metadata=about(
            Kind.TEXT,
            "the address to listen on",
            pattern=r"[^\s/\[\]]+",
            form="an address or a host name",
        ),
    )
    port: int = field(
        default=8787,
        # The flag alone takes 0, any free port: a server whose port nobody can know
        # beforehand is for tests and demonstrations, never what a file should describe.
        metadata=about(
            Kind.INTEGER, "the port to listen on", minimum=1, maximum=65535, flag_minimum=0
        ),
    )
    public_url: str = field(
        default="",
        metadata=about(Kind.URL, f"the URL that clients reach the server by; empty is {LOCAL_URL}"),
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Kind.LIST,
            "host names that requests may name beside the loopback ones and the public URL's",
            pattern=_HOST,
            form="host names, without scheme, port or wildcard",
        ),
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Kind.LIST,
            "origins whose pages may call the server from a browser",
            pattern=_ORIGIN,
            form="origins as a browser writes them: https://app.example, no path, no usual port",
        ),
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Kind.LIST,
            "addresses and networks of proxies whose X-Forwarded-For is believed",
            pattern=r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?",
            form="addresses or networks, such as 10.0.0.0/8",
        ),
    )
    workers: int = field(
        default=1,
        metadata=about(Kind.INTEGER, "how many processes answer requests", minimum=1, maximum=256),
    )
    require_api_key: bool = field(
        default=False,
        metadata=about(Kind.BOOLEAN, "whether login, refresh and validate need an API key"),
    )
    max_body_bytes: int = field(
        default=65536,
        metadata=about(
            Kind.INTEGER, "the longest request body, in bytes", minimum=1, maximum=_INT32
        ),
    )
    tls_cert: str = field(
        default="",
        metadata=about(Kind.PATH, "the certificate chain (PEM) to serve https with"),
    )
    tls_key: str = field(
        default="",
        metadata=about(Kind.PATH, "the private key (PEM) of tls_cert"),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Cookies:
    """Names and flags of the cookies that a browser gets."""

    session_name: str = field(
        default="session_token",
        metadata=about(Kind.TEXT, "the cookie that holds the access token", **_COOKIE_NAME),
    )
    refresh_name: str = field(
        default="refresh_token",
        metadata=about(Kind.TEXT, "the cookie that holds the refresh token", **_COOKIE_NAME),
    )
    device_name: str = field(
        default="device_id",
        metadata=about(Kind.TEXT, "the cookie that holds the device's id", **_COOKIE_NAME),
    )
    http_only: bool = field(
        default=True,
        metadata=about(Kind.BOOLEAN, "whether scripts are kept from the cookies"),
    )
    secure: bool = field(
        default=True,
        metadata=about(Kind.BOOLEAN, "whether the cookies travel over https alone"),
    )
    same_site: str = field(
        default="lax",
        metadata=about(
            Kind.TEXT,
            "which requests from other sites carry the cookies",
            choices=("lax", "strict", "none"),
        ),
    )
    domain: str = field(
        default="",
        metadata=about(
            Kind.TEXT,
            "the domain of the session and device cookies; empty is the server's host alone",
            pattern=rf"(\.?{_NAME})?",
            form="a host name, or empty",
        ),
    )
    path: str = field(
        default="/",
        metadata=about(
            Kind.TEXT,
            "the path of the session and device cookies",
            pattern=r"/[!-:<-~]*",
            form="a path that begins with / and holds no blank and no ;",
        ),
    )
