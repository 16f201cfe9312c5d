"""One process that answers on a socket that listens already: alone, or as one of several workers.

It knows neither how the socket came to be nor who else answers on it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protekt_cli.errors import Failed
from protekt_cli.server.answer import ASGIApp
from protekt_cli.server.embedded import EmbeddedServer
from protekt_cli.server.lifespan import running

if TYPE_CHECKING:
    from protekt_cli.server.lifeline import Lifeline
    from protekt_cli.server.tls import Tls

#: Seconds that open requests have left once the server is told to stop.
GRACE = 10.0

#: Makes the application of one process, in its running loop: given what is set when it begins to
#: stop, and its place among the workers, which the successor of one that died takes over.
AppFactory = Callable[[asyncio.Event, int], ASGIApp]


@dataclass(frozen=True, slots=True)
class Served:
    """What all processes of a server have in common."""

    app_factory: AppFactory
    listening: socket.socket
    tls: Tls | None = None


def serve(served: Served, announce: Callable[[], None]) -> None:
    """Answer until SIGTERM or SIGINT, and return when all is closed. A second one exits at once.

    Raises:
        Problem: What the application's start-up or shutdown raised.
    """
    asyncio.run(_serve(served, 0, announce, _stop_on_signals))
    # Granian's thread lets go of its last Python objects now; were the interpreter gone by then,
    # it would end in a panic (granian issue 693).
    time.sleep(0.1)


def work(served: Served, place: int, announce: Callable[[], None], lifeline: Lifeline) -> None:
    """Answer until SIGTERM, however often it comes, or until the parent has gone.

    Raises:
        Problem: What the application's start-up or shutdown raised.
    """

    def heed(stopping: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        # The parent's word may come on top of one that went to every process of a group.
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
        lifeline.watch(loop)

    asyncio.run(_serve(served, place, announce, heed))


async def _serve(
    served: Served,
    place: int,
    announce: Callable[[], None],
    heed: Callable[[asyncio.Event], None],
) -> None:
    stopping = asyncio.Event()
    heed(stopping)
    app = served.app_factory(stopping, place)
    async with running(app):
        server = EmbeddedServer(app, served.listening, served.tls)
        serving = asyncio.create_task(server.serve())
        announce()
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            await serving  # raises what went wrong
            raise Failed("the server stopped by itself")
        served.listening.close()
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
