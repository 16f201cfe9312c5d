"""The page that Prometheus reads: what all workers counted, and what the store tells.

It is put together in a thread, on a connection of its own, once for all who ask meanwhile: no
request waits for a count of sessions, and asking often costs one thread at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing

from fastapi import FastAPI, Response

from protekt_cli.clock import monotonic
from protekt_cli.errors import StoreUnavailable
from protekt_cli.server.services import Services
from protekt_cli.store import measures

_log = logging.getLogger("protekt")


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""
    page = Shared(lambda: _page(services))

    @api.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Return the metrics of all workers, in the text format of Prometheus."""
        from protekt_cli.server.exposition import CONTENT_TYPE

        return Response(await page.get(), headers={"Content-Type": CONTENT_TYPE})


class Shared:
    """Something that takes time to make: fresh for each who asks, and one for many of them."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        """
        Args:
            make: Called in a thread, never twice at once.
        """
        self._make = make
        self._lock = asyncio.Lock()
        self._made = b""
        #: When the making of it began.
        self._begun = float("-inf")

    async def get(self) -> bytes:
        """Return one whose making began after it was asked for."""
        asked = monotonic()
        async with self._lock:
            if self._begun < asked:
                self._begun = monotonic()
                self._made = await asyncio.to_thread(self._make)
            return self._made


def _page(services: Services) -> bytes:
    from protekt_cli.server.exposition import Exposition

    active_sessions = _read_store(services)
    return Exposition(services.measures, services.history, active_sessions).text()


def _read_store(services: Services) -> int | None:
    """Count what happened, and return how many sessions are active; None where it cannot be."""
    try:
        with closing(services.engine.store.beside()) as store:
            services.history.catch_up(store)
            return store.read(measures.count_active)
    except StoreUnavailable as error:
        _log.warning("the store was not measured: %s", error.message)
        return None
