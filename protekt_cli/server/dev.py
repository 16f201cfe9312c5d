"""The endpoints of a server for development: the clock, and an empty store again.

Whoever may call them may do everything, so the fence around them is their own: this machine
alone, no proxy, no page of somebody else's.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.engine import development
from protekt_cli.errors import Forbidden
from protekt_cli.server import schemas, upkeep
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.durations import seconds_of
from protekt_cli.server.gate import Guard
from protekt_cli.server.request import Request
from protekt_cli.server.routing import response
from protekt_cli.server.services import Services

#: Below this path is what is fenced.
ROOT = "/dev/"


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*; the gate must guard them."""

    @api.get("/dev/clock", response_model=schemas.Now)
    async def clock() -> Response:
        """Say what time it is for everything."""
        return _now(services)

    @api.post("/dev/clock", response_model=schemas.Now)
    async def move_clock(body: Annotated[schemas.MoveClock, Body()]) -> Response:
        """Move the clock forward, or back to real time; what falls due happens first."""
        seconds = seconds_of("advance", body.advance)
        if seconds is None:
            await services.submit(development.restore_clock)
        else:
            await services.submit(lambda transaction: development.move_clock(transaction, seconds))
            await upkeep.catch_up(services)
        return _now(services)

    @api.post("/dev/reset", status_code=204)
    async def reset(body: Annotated[schemas.Nothing | None, Body()] = None) -> Response:
        """Empty the store: users, sessions, devices, events and counters; the keys stay."""
        await services.submit(development.empty)
        return Response(status_code=204)


def guard(services: Services) -> Guard:
    """Return what refuses everybody who is not a program of this machine's user."""

    def check(request: Request) -> None:
        if any(name == b"forwarded" or name.startswith(b"x-forwarded-") for name in request.fields):
            raise Forbidden("this path takes no request that a proxy passed on")
        if request.peer is None or not ip_address(request.peer).is_loopback:
            raise Forbidden("this path is for this machine alone")
        services.origins.check(request, only_browsers=True)

    return check


def _now(services: Services) -> Response:
    return response(Answer.json(200, {"now": services.engine.store.now().seconds}, (NO_STORE,)))
