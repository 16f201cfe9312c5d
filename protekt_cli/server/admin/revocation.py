"""The endpoint that ends everybody's sessions, however many, by ids and by what they share."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.core.ids import Prefix
from protekt_cli.engine import revocation
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.revocation import Report, Selection
from protekt_cli.server.admin import filters
from protekt_cli.server.admin import session_bodies as bodies
from protekt_cli.server.admin.acting import act
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.durations import seconds_of
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store.database import View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.post("/v1/admin/sessions/revoke", response_model=bodies.Revoked)
    async def revoke_(request: Asked, body: Annotated[bodies.RevokeSessions, Body()]) -> Response:
        """End the active sessions of which all that is given holds; unknown ids are named."""
        return response(await revoke(services, request, body))


async def revoke(services: Services, request: Request, body: bodies.RevokeSessions) -> Answer:
    """End what is selected, or in a dry run only say what that is."""
    selection = services.engine.read(lambda view: _selection(view, body))
    if body.dry_run:
        report = await read_aside(services, partial(revocation.find_selected, selection=selection))
    else:
        report = await _end(services, request, selection, body.reason)
    document = {
        "revoked": report.revoked,
        "ids": report.ids,
        "notFound": report.not_found,
        "dryRun": bool(body.dry_run),
    }
    return Answer.json(200, document, [NO_STORE])


async def _end(
    services: Services, request: Request, selection: Selection, note: str | None
) -> Report:
    """End what is selected, in steps that let others write between them."""
    engine, report = services.engine, Report()
    await act(
        services,
        request,
        lambda transaction, _: revocation.meet_logins(transaction, selection),
    )
    while True:
        step = await act(
            services,
            request,
            lambda transaction, actor: revocation.revoke_step(
                engine, transaction, selection, actor=actor, note=note
            ),
        )
        report += step
        if step.revoked < revocation.STEP:
            return report


def _selection(view: View, body: bodies.RevokeSessions) -> Selection:
    except_ids = body.except_ids or ()
    return Selection(
        ids=None if body.ids is None else tuple(body.ids),
        except_ids=tuple(resolve(view, Prefix.SESSION, text) for text in except_ids),
        user_id=filters.user_id(view, body.user_id),
        device_id=filters.device_id(view, body.device_id),
        all=body.all is not None,
        network=filters.network(body.ip),
        idle_for=seconds_of("idleFor", body.idle_for),
    )
