"""The endpoint that counts everything there is."""

from __future__ import annotations

from fastapi import FastAPI, Response

from protekt_cli.engine.representation import statistics_json
from protekt_cli.server.admin import stat_bodies as bodies
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.reading import read_aside
from protekt_cli.server.routing import response
from protekt_cli.server.services import Services
from protekt_cli.store import statistics


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.get("/v1/admin/stats", response_model=bodies.Statistics)
    async def count() -> Response:
        """Count users, sessions, devices and events."""
        return response(await stats(services))


async def stats(services: Services) -> Answer:
    """Count everything; it takes longer, the more there is."""
    found = await read_aside(services, statistics.take)
    return Answer.json(200, statistics_json(found), [NO_STORE])
