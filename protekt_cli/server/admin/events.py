"""The endpoint that lists events: the last ones first of all, each page in the order of time."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Response

from protekt_cli.engine import event_subjects
from protekt_cli.engine.representation import Json, event_json
from protekt_cli.server.admin import event_bodies as bodies
from protekt_cli.server.admin import filters
from protekt_cli.server.admin.paging import AskedList, Cursor, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.reading import read_aside
from protekt_cli.server.routing import response
from protekt_cli.server.services import Services
from protekt_cli.store import events as event_table
from protekt_cli.store.database import View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.get("/v1/admin/events", response_model=bodies.Events)
    async def list_(_: AskedList, query: Annotated[bodies.EventQuery, Query()]) -> Response:
        """List the last events, oldest first; the cursor leads to those before them."""
        return response(await list_events(services, query))


async def list_events(services: Services, query: bodies.EventQuery) -> Answer:
    """Answer a page of the events that a query asks for."""

    def find(view: View) -> Json:
        cursor = Cursor.of(query, view.now.seconds)
        wanted = _filter(view, query, cursor.as_of)
        place = cursor.place_in("events", wanted)
        page = event_table.list_last(view, wanted, query.limit, place.after)
        return page_json(page, place, event_json)

    return Answer.json(200, await read_aside(services, find), [NO_STORE])


def _filter(view: View, query: bodies.EventQuery, now: int) -> event_table.Filter:
    return event_table.Filter(
        type=query.type,
        user_id=None if query.user is None else event_subjects.user_id(view, query.user),
        session_id=(
            None if query.session is None else event_subjects.session_id(view, query.session)
        ),
        since=filters.since(query.since, now),
    )
