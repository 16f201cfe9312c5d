"""The endpoints of one's own devices: list, show, name, take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.engine import devices, own_devices
from protekt_cli.engine.engine import settle
from protekt_cli.engine.representation import Json, device_json
from protekt_cli.errors import Problem
from protekt_cli.server import schemas
from protekt_cli.server.access import authenticate, caller_of, is_by_cookie, presented_claims
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.devices import list_counted


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/devices", response_model=schemas.OwnDevices)
    async def list_(request: Asked) -> Response:
        """List one's own devices, the newest first."""
        return response(await list_own(services, request))

    @api.get("/v1/devices/{device_id}", response_model=schemas.Device)
    async def show_(request: Asked, device_id: str) -> Response:
        """Return one of one's own devices."""
        return response(await show(services, request, device_id))

    @api.patch("/v1/devices/{device_id}", response_model=schemas.Device)
    async def rename_(
        request: Asked, device_id: str, body: Annotated[schemas.RenameDevice, Body()]
    ) -> Response:
        """Call one of one's own devices something else, in its sessions too."""
        return response(await rename(services, request, device_id, body))

    @api.delete("/v1/devices/{device_id}", status_code=204)
    async def delete_(request: Asked, device_id: str) -> Response:
        """End the sessions of one of one's own devices, and remove it."""
        return response(await delete(services, request, device_id))


async def list_own(services: Services, request: Request) -> Answer:
    """Answer the caller's devices."""
    user = (await authenticate(services, request)).user

    def find(view: View) -> Json:
        counted = list_counted(view, user_id=user.id)
        return {"devices": [device_json(*each) for each in counted]}

    return Answer.json(200, await read_aside(services, find), (NO_STORE,))


async def show(services: Services, request: Request, device_id: str) -> Answer:
    """Answer a device of the caller's."""
    user = (await authenticate(services, request)).user
    shown = services.engine.read(
        lambda view: devices.shown(view, settle(own_devices.find(view, user.id, device_id)))
    )
    return Answer.json(200, shown, (NO_STORE,))


async def rename(
    services: Services, request: Request, device_id: str, body: schemas.RenameDevice
) -> Answer:
    """Name a device of the caller's, and answer it as it is then."""
    engine, claims = services.engine, presented_claims(services, request)
    caller = caller_of(services, request)

    def change(transaction: Transaction) -> Json | Problem:
        device = own_devices.rename(engine, transaction, claims, device_id, body.name, caller)
        return device if isinstance(device, Problem) else devices.shown(transaction, device)

    return Answer.json(200, await services.submit(change), (NO_STORE,))


async def delete(services: Services, request: Request, device_id: str) -> Answer:
    """Take a device of the caller's away; where it is the caller's own, its cookies too."""
    engine, claims = services.engine, presented_claims(services, request)
    caller = caller_of(services, request)
    while True:
        step = await services.submit(
            lambda transaction: own_devices.revoke(engine, transaction, claims, device_id, caller)
        )
        if step.is_last:
            clears = step.selects_own and is_by_cookie(services, request)
            return Answer(204, headers=services.cookies.clearing() if clears else ())
