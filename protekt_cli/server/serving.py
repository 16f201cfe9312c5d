"""A whole server on one installation: the application, its log, what it counts, and the runner.

This is the one door for who wants a server. Nothing here knows what a request is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from protekt_cli.config.serving import Server
from protekt_cli.engine.engine import Engine
from protekt_cli.server import logs, runner
from protekt_cli.server.answer import ASGIApp
from protekt_cli.server.app import create_app
from protekt_cli.server.tally import Tally
from protekt_cli.server.tls import Tls


def serve(
    engine: Engine,
    announce: Callable[[str], None],
    *,
    workers: int,
    is_dev: bool,
    is_logged: bool,
) -> None:
    """Serve until SIGTERM or SIGINT, and return when all is closed. It closes the engine.

    Args:
        announce: Called with the URL once connections are accepted.
        is_dev: Let programs of this machine move the clock and empty the store.
        is_logged: Write a line for each request.

    Raises:
        InvalidConfig: The certificate or its key cannot be served with.
        Problem: What the runner raises.
    """
    server = engine.settings.server
    tls = _tls(server)
    if workers > 1:
        engine.close()  # SQLite's connections must not cross a fork
    log, tally = logs.set_up(), Tally(workers)

    def make(stopping: asyncio.Event, place: int) -> ASGIApp:
        log.start()
        return create_app(
            engine if workers == 1 else engine.reopen().unlock(),
            is_dev=is_dev,
            stopping=stopping,
            share=tally.share(place),
            log_request=log.put if is_logged else None,
        )

    runner.serve(
        make, host=server.host, port=server.port, announce=announce, workers=workers, tls=tls
    )
    log.flush()


def _tls(server: Server) -> Tls | None:
    """Return what https is served with; None where it is not."""
    if not server.tls_cert:
        return None
    return Tls(Path(server.tls_cert), Path(server.tls_key)).check()
