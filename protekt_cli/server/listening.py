"""The listening socket: bound here, by nobody else at the same time, with errors for people.

Granian would bind its own with SO_REUSEPORT, which lets a second server start on the same port
and take half of the connections.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from protekt_cli.errors import Failed, Problem

BACKLOG = 1024

_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 # compared with, not bound


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on *host*; port 0 is any free one.

    Raises:
        Failed: The port is taken, or the host is no address of this machine.
    """
    family, address = _resolve(host, port)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Past connections of a server that ended do not count as taking its port; one that
        # listens does.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _explained(error, host, port) from None
    return listening


def url_of(listening: socket.socket, host: str) -> str:
    """Return the URL by which a client on this machine reaches the server."""
    name = "127.0.0.1" if host in _WILDCARDS else host
    return f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}"


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
