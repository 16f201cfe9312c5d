"""The endpoint that counts everything there is."""

from __future__ import annotations

import asyncio
from contextlib import closing

from fastapi import FastAPI, Response

from protekt_cli.engine.representation import statistics_json
from protekt_cli.models import Scope
from protekt_cli.server.access import require_key
from protekt_cli.server.admin import bodies
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import statistics
from protekt_cli.store.database import Store


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.get("/v1/admin/stats", response_model=bodies.Statistics)
    async def count(request: Asked) -> Response:
        """Count users, sessions, devices and events."""
        return response(await stats(services, request))


async def stats(services: Services, request: Request) -> Answer:
    """Count everything, beside the event loop: it takes longer, the more there is."""
    require_key(request, Scope.READ)
    found = await asyncio.to_thread(_take, services.engine.store)
    return Answer.json(200, statistics_json(found), [NO_STORE])


def _take(store: Store) -> statistics.Statistics:
    """Count by a connection of one's own: that of *store* belongs to another thread."""
    with closing(Store.open(store.path, store.clock)) as beside:
        return beside.read(statistics.take)
