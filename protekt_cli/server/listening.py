"""The listening socket: bound here, by nobody else at the same time, with errors for people.

Granian would bind its own with SO_REUSEPORT, which lets a second server start on the same port
and take half of the connections.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import Any

from protekt_cli.errors import Failed, Problem

BACKLOG = 1024

#: Seconds for which a peer may take nothing of what is sent to it.
UNREAD = 30.0
#: Bytes of it that wait in the system beyond those that are under way.
_UNSENT_BYTES = 16_384
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 # compared with, not bound


def listen(host: str, port: int, *, unread: float = UNREAD) -> socket.socket:
    """Return a socket that listens on *host*; port 0 is any free one.

    Args:
        unread: Seconds after which a peer that takes nothing is cut off.

    Raises:
        Failed: The port is taken, or the host is no address of this machine.
    """
    family, address = _resolve(host, port)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Past connections of a server that ended do not count as taking its port; one that
        # listens does.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _cut_off_who_reads_nothing(listening, unread)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _explained(error, host, port) from None
    return listening


def url_of(listening: socket.socket, host: str, *, is_secure: bool = False) -> str:
    """Return the URL by which a client on this machine reaches the server."""
    name = "127.0.0.1" if host in _WILDCARDS else host
    authority = f"{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}"
    return f"{'https' if is_secure else 'http'}://{authority}"


def _cut_off_who_reads_nothing(listening: socket.socket, seconds: float) -> None:
    """Let the system do, for every connection, what nothing above it can: reset it.

    What was handed to a connection keeps it open until somebody takes it. By itself the system
    would hold megabytes for each that nobody reads, and not say so. Accepted sockets inherit
    both options; where the system does not know one, its own ways hold.
    """
    for name, value in (
        ("TCP_USER_TIMEOUT", round(seconds * 1000)),
        ("TCP_NOTSENT_LOWAT", _UNSENT_BYTES),
    ):
        with suppress(AttributeError, OSError):
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _resolve(host: str, port: int) -> tuple[int, Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise Failed(
            f"the host {host!a} has no address",
            hint="set server.host to an address of this machine, such as 127.0.0.1",
        ) from None
    # `localhost` may be both: 127.0.0.1 is what other programs mean by it.
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def _explained(error: OSError, host: str, port: int) -> Problem:
    match error.errno:
        case errno.EADDRINUSE:
            return Failed(
                f"port {port} on {host} is taken",
                hint="stop what listens there, or choose another port with --port",
            )
        case errno.EADDRNOTAVAIL:
            return Failed(
                f"{host} is not an address of this machine",
                hint="set server.host to one that is, such as 127.0.0.1",
            )
        case errno.EACCES | errno.EPERM:
            return Failed(f"not allowed to listen on port {port}", hint="choose a port above 1023")
        case _:
            reason = (error.strerror or str(error)).lower()
            return Failed(f"cannot listen on port {port} of {host}: {reason}")
