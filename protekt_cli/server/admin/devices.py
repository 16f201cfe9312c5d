"""The endpoints of everybody's devices: list, show, name, trust, take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Query, Response

from protekt_cli.engine import devices, revocation
from protekt_cli.engine.representation import Json, device_json
from protekt_cli.server import schemas
from protekt_cli.server.admin import device_bodies as bodies
from protekt_cli.server.admin import filters
from protekt_cli.server.admin.acting import act
from protekt_cli.server.admin.paging import AskedList, Cursor, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import devices as device_table
from protekt_cli.store.database import Transaction, View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/admin/devices", response_model=bodies.Devices)
    async def list_(_: AskedList, query: Annotated[bodies.DeviceQuery, Query()]) -> Response:
        """List devices, the newest first."""
        return response(await list_devices(services, query))

    @api.get("/v1/admin/devices/{device_id}", response_model=schemas.Device)
    async def show_(device_id: str) -> Response:
        """Return the device of an id, or of the start of one."""
        return response(await show(services, device_id))

    @api.patch("/v1/admin/devices/{device_id}", response_model=schemas.Device)
    async def update_(
        request: Asked, device_id: str, body: Annotated[bodies.UpdateDevice, Body()]
    ) -> Response:
        """Name a device, or trust it: then it is kept when its last session is pruned."""
        return response(await update(services, request, device_id, body))

    @api.delete("/v1/admin/devices/{device_id}", status_code=204)
    async def delete_(request: Asked, device_id: str) -> Response:
        """End a device's sessions and remove it; a login that names it gets a new one."""
        return response(await delete(services, request, device_id))


async def list_devices(services: Services, query: bodies.DeviceQuery) -> Answer:
    """Answer a page of the devices that a query asks for."""

    def find(view: View) -> Json:
        user_id = filters.user_id(view, query.user)
        place = Cursor.of(query, view.now.seconds).place_in("devices", user_id)
        page = device_table.list_page(view, user_id=user_id, limit=query.limit, after=place.after)
        return page_json(page, place, lambda counted: device_json(*counted))

    return Answer.json(200, await read_aside(services, find), [NO_STORE])


async def show(services: Services, text: str) -> Answer:
    """Answer a device, with how many of its sessions are active."""
    shown = services.engine.read(lambda view: devices.shown(view, devices.get(view, text)))
    return Answer.json(200, shown, [NO_STORE])


async def update(
    services: Services, request: Request, text: str, body: bodies.UpdateDevice
) -> Answer:
    """Change a device and answer it as it is then."""

    def change(transaction: Transaction, _: str) -> Json:
        device = devices.get(transaction, text)
        if body.name is not None:
            device = devices.rename(transaction, device, body.name)
        if body.trusted is not None:
            device = devices.set_trusted(transaction, device, trusted=body.trusted)
        return devices.shown(transaction, device)

    return Answer.json(200, await act(services, request, change), [NO_STORE])


async def delete(services: Services, request: Request, text: str) -> Answer:
    """End a device's sessions, in steps that let others write between them, and remove it."""
    engine = services.engine
    device = engine.read(lambda view: devices.get(view, text))
    while True:
        report = await act(
            services,
            request,
            lambda transaction, actor: devices.revoke_step(
                engine, transaction, device.id, actor=actor
            ),
        )
        if report.revoked < revocation.STEP:
            return Answer(204)
