"""Runs the application, from the port that is free to the last open request.

In this process, or in several that it keeps. Nothing here knows what the application does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from protekt_cli.server import process
from protekt_cli.server.listening import listen, url_of
from protekt_cli.server.process import AppFactory, Served
from protekt_cli.server.workers import keep

if TYPE_CHECKING:
    from protekt_cli.server.tls import Tls


def serve(
    app_factory: AppFactory,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    workers: int = 1,
    tls: Tls | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, and return when all is closed. A second one exits at once.

    Args:
        app_factory: Makes the application, in the running loop; its first argument is set when
            the server begins to stop, so that streams can end. With several workers it is called
            in each, and nothing that it uses may have been opened before.
        announce: Called with the URL once connections are accepted.
        tls: With it only https is served.

    Raises:
        Failed: The port is taken, the host is no address of this machine, or a worker ended
            before it accepted connections.
        Problem: What the application's start-up or shutdown raised.
    """
    with listen(host, port) as listening:
        url = url_of(listening, host, is_secure=tls is not None)
        served = Served(app_factory, listening, tls)
        if workers == 1:
            process.serve(served, lambda: announce(url))
        else:
            keep(workers, served, lambda: announce(url))
