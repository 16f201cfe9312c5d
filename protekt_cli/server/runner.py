"""Runs the application, from the port that is free to the last open request.

In this process, or in several that it keeps. Nothing here knows what the application does.
"""

from __future__ import annotations

from collections.abc import Callable

from protekt_cli.server import process
from protekt_cli.server.listening import listen, url_of
from protekt_cli.server.process import AppFactory
from protekt_cli.server.workers import keep


def serve(
    app_factory: AppFactory,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    workers: int = 1,
) -> None:
    """Run until SIGTERM or SIGINT, and return when all is closed. A second one exits at once.

    Args:
        app_factory: Makes the application, in the running loop; its argument is set when the
            server begins to stop, so that streams can end. With several workers it is called in
            each, and nothing that it uses may have been opened before.
        announce: Called with the URL once connections are accepted.

    Raises:
        Failed: The port is taken, the host is no address of this machine, or a worker ended
            before it accepted connections.
        Problem: What the application's start-up or shutdown raised.
    """
    with listen(host, port) as listening:
        url = url_of(listening, host)
        if workers == 1:
            process.serve(app_factory, listening, lambda: announce(url))
        else:
            keep(workers, app_factory, listening, lambda: announce(url))
