"""The endpoints of everybody's sessions: list, show, issue, and end one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Body, FastAPI, Query, Response

from protekt_cli.engine import revocation, sessions, users
from protekt_cli.engine.representation import Json, grant_json, session_json
from protekt_cli.errors import EndReason
from protekt_cli.models import Grant, SessionStatus
from protekt_cli.server import schemas
from protekt_cli.server.admin import filters
from protekt_cli.server.admin import session_bodies as bodies
from protekt_cli.server.admin.acting import act
from protekt_cli.server.admin.paging import AskedList, Cursor, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.durations import seconds_of
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/admin/sessions", response_model=bodies.Sessions)
    async def list_(_: AskedList, query: Annotated[bodies.SessionQuery, Query()]) -> Response:
        """List sessions: the active ones, the newest first, unless something else is asked for."""
        return response(await list_sessions(services, query))

    @api.post("/v1/admin/sessions", status_code=201, response_model=schemas.SessionResponse)
    async def issue_(request: Asked, body: Annotated[bodies.IssueSession, Body()]) -> Response:
        """Create a session for a user, and answer its tokens."""
        return response(await issue(services, request, body))

    @api.get("/v1/admin/sessions/{session_id}", response_model=schemas.Session)
    async def show_(session_id: str) -> Response:
        """Return the session of an id, or of the start of one."""
        return response(await show(services, session_id))

    @api.delete("/v1/admin/sessions/{session_id}", status_code=204)
    async def end_(request: Asked, session_id: str) -> Response:
        """End a session; one that has ended stays as it ended."""
        return response(await end(services, request, session_id))


async def list_sessions(services: Services, query: bodies.SessionQuery) -> Answer:
    """Answer a page of the sessions that a query asks for."""

    def find(view: View) -> Json:
        cursor = Cursor.of(query, view.now.seconds)
        wanted = _filter(view, query, cursor.as_of)
        place = cursor.place_in("sessions", query.sort, wanted)
        page = session_table.list_page(
            view, wanted, query.sort, query.limit, after=place.after, as_of=place.as_of
        )
        return page_json(page, place, partial(session_json, now=view.now.seconds, with_note=True))

    return Answer.json(200, await read_aside(services, find), [NO_STORE])


async def issue(services: Services, request: Request, body: bodies.IssueSession) -> Answer:
    """Create a session and answer as a login does."""
    ttl, device = seconds_of("ttl", body.ttl), body.device or schemas.NamedDevice()

    def start(transaction: Transaction, key_id: str) -> Grant:
        return sessions.issue(
            services.engine,
            transaction,
            users.get(transaction, body.user_id),
            claims=body.claims or {},
            access_ttl=ttl,
            device_name=device.name,
            device_id=device.id,
            client_id=key_id,
            actor=key_id,
        )

    return Answer.json(201, grant_json(await act(services, request, start)), [NO_STORE])


async def show(services: Services, text: str) -> Answer:
    """Answer a session as it stands now."""
    shown = services.engine.read(
        lambda view: session_json(sessions.get(view, text), view.now.seconds, with_note=True)
    )
    return Answer.json(200, shown, [NO_STORE])


async def end(services: Services, request: Request, text: str) -> Answer:
    """End a session now."""
    engine = services.engine
    await act(
        services,
        request,
        lambda transaction, actor: revocation.end(
            engine, transaction, sessions.get(transaction, text), EndReason.REVOKED, actor=actor
        ),
    )
    return Answer(204)


def _filter(view: View, query: bodies.SessionQuery, now: int) -> session_table.Filter:
    return session_table.Filter(
        user_id=filters.user_id(view, query.user),
        device_id=filters.device_id(view, query.device),
        status=None if query.status == "all" else SessionStatus(query.status),
        since=filters.since(query.since, now),
        network=filters.network(query.ip),
    )
