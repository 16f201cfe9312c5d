"""The endpoints of API keys: make one, list them, refuse one. A key is in one answer alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Query, Response

from protekt_cli.engine import api_keys
from protekt_cli.engine.representation import Json, api_key_json, new_api_key_json
from protekt_cli.models import Scope
from protekt_cli.server.admin import apikey_bodies as bodies
from protekt_cli.server.admin.acting import act
from protekt_cli.server.admin.paging import AskedList, Cursor, Paged, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.durations import seconds_of
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import api_keys as key_table
from protekt_cli.store.database import View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/admin/apikeys", response_model=bodies.ApiKeys)
    async def list_(_: AskedList, asked: Annotated[Paged, Query()]) -> Response:
        """List the API keys that are not revoked, the newest first; no answer shows them again."""
        return response(list_page(services, asked))

    @api.post("/v1/admin/apikeys", status_code=201, response_model=bodies.NewApiKey)
    async def create_(request: Asked, body: Annotated[bodies.CreateApiKey, Body()]) -> Response:
        """Make an API key, which this answer alone shows."""
        return response(await create(services, request, body))

    @api.delete("/v1/admin/apikeys/{key_id}", status_code=204)
    async def revoke_(request: Asked, key_id: str) -> Response:
        """Refuse an API key from now on; the sessions that were made with it live on."""
        return response(await revoke(services, request, key_id))


def list_page(services: Services, asked: Paged) -> Answer:
    """Answer one page of the API keys."""

    def look(view: View) -> Json:
        place = Cursor.of(asked, view.now.seconds).place_in("apikeys")
        page = key_table.list_page(view, asked.limit, place.after)
        return page_json(page, place, api_key_json)

    return Answer.json(200, services.engine.read(look), [NO_STORE])


async def create(services: Services, request: Request, body: bodies.CreateApiKey) -> Answer:
    """Make an API key and answer it."""
    expires_in = seconds_of("expiresIn", body.expires_in)
    key, presented = await act(
        services,
        request,
        lambda transaction, actor: api_keys.create(
            services.engine,
            transaction,
            name=body.name,
            scope=Scope(body.scope or Scope.CLIENT),
            expires_in=expires_in,
            actor=actor,
        ),
    )
    return Answer.json(201, new_api_key_json(key, presented), [NO_STORE])


async def revoke(services: Services, request: Request, text: str) -> Answer:
    """Revoke the API key of an id, or of the start of one."""
    await act(
        services,
        request,
        lambda transaction, actor: api_keys.revoke(services.engine, transaction, text, actor=actor),
    )
    return Answer(204)
