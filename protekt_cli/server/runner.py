"""Runs the application in this process, from the port that is free to the last open request.

Nothing here knows what the application does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable

from protekt_cli.errors import Failed
from protekt_cli.server.answer import ASGIApp
from protekt_cli.server.embedded import EmbeddedServer
from protekt_cli.server.lifespan import running
from protekt_cli.server.listening import listen, url_of

#: Seconds that open requests have left once the server is told to stop.
GRACE = 10.0

AppFactory = Callable[[asyncio.Event], ASGIApp]


def serve(
    app_factory: AppFactory, *, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Run until SIGTERM or SIGINT, and return when all is closed. A second one exits at once.

    Args:
        app_factory: Makes the application, in the running loop; its argument is set when the
            server begins to stop, so that streams can end.
        announce: Called with the URL once connections are accepted.

    Raises:
        Failed: The port is taken, or the host is no address of this machine.
        Problem: What the application's start-up or shutdown raised.
    """
    with listen(host, port) as listening:
        asyncio.run(_serve(app_factory, listening, lambda: announce(url_of(listening, host))))
    # Granian's thread lets go of its last Python objects now; were the interpreter gone by then,
    # it would end in a panic (granian issue 693).
    time.sleep(0.1)


async def _serve(
    app_factory: AppFactory, listening: socket.socket, announce: Callable[[], None]
) -> None:
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    app = app_factory(stopping)
    async with running(app):
        server = EmbeddedServer(app, listening)
        serving = asyncio.create_task(server.serve())
        announce()
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            await serving  # raises what went wrong
            raise Failed("the server stopped by itself")
        listening.close()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({serving}, timeout=GRACE)


def _stop_on_signals(stopping: asyncio.Event) -> None:
    def stop(number: signal.Signals) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
