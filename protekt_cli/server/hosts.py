"""Which hosts are served: anything else is somebody's name pointed at this address.

A page of another site can reach a server on loopback by rebinding its own name to it (DNS
rebinding); the name then stands in `Host`, which is where it is caught.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from protekt_cli.errors import InvalidRequest
from protekt_cli.server.problems import MisdirectedRequest
from protekt_cli.server.request import Request

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_LOOPBACK_NAMES = frozenset(name.encode() for name in _LOOPBACK)


class Hosts:
    """The names that this server answers to."""

    def __init__(self, *, public_url: str, allowed_hosts: Iterable[str]) -> None:
        names = (*_LOOPBACK, *allowed_hosts, urlsplit(public_url).netloc.rpartition("@")[2])
        self._names = frozenset(_name(name.encode()) for name in names if name)

    def check(self, request: Request, *, any_name: bool) -> None:
        """Refuse a request whose `Host` is not one of the names.

        Args:
            any_name: The path may be asked by any name; there must be one still.

        Raises:
            InvalidRequest: `Host` is missing, empty, or there twice (RFC 9112, 3.2).
            MisdirectedRequest: It is another's name.
        """
        host = request.fields.get(b"host")
        if not host or request.is_repeated(b"host"):
            raise InvalidRequest("the request needs one Host header")
        if not any_name and _name(host) not in self._names:
            raise MisdirectedRequest


def is_loopback(host: bytes) -> bool:
    """Whether a `Host` is one of this machine's own names, with a port or without."""
    return _name(host) in _LOOPBACK_NAMES


def _name(host: bytes) -> bytes:
    """Return *host* in lower case and without its port."""
    name, colon, port = host.lower().rpartition(b":")
    return name if colon and (not port or port.isdigit()) else host.lower()
