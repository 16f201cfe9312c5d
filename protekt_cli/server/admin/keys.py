"""The endpoints of signing keys: list, rotate, revoke. Nothing sealed is ever in an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Query, Response

from protekt_cli.engine import keys
from protekt_cli.engine.representation import Json, key_json
from protekt_cli.server import schemas
from protekt_cli.server.admin import key_bodies as bodies
from protekt_cli.server.admin.acting import act
from protekt_cli.server.admin.paging import AskedList, Cursor, Paged, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import signing_keys
from protekt_cli.store.database import View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/admin/keys", response_model=bodies.SigningKeys)
    async def list_(_: AskedList, asked: Annotated[Paged, Query()]) -> Response:
        """List the signing keys, the newest first."""
        return response(list_page(services, asked))

    @api.post("/v1/admin/keys/rotate", status_code=201, response_model=bodies.SigningKey)
    async def rotate_(
        request: Asked, body: Annotated[bodies.Rotate | None, Body()] = None
    ) -> Response:
        """Let the next key sign, and the one that signed only verify."""
        return response(await rotate(services, request, body or bodies.Rotate()))

    @api.post("/v1/admin/keys/{kid}/revoke", response_model=bodies.SigningKey)
    async def revoke_(
        request: Asked, kid: str, body: Annotated[schemas.Nothing | None, Body()] = None
    ) -> Response:
        """Refuse every token that a key has signed, at once; the key that signs is 409."""
        return response(await revoke(services, request, kid))


def list_page(services: Services, asked: Paged) -> Answer:
    """Answer one page of the signing keys."""

    def look(view: View) -> Json:
        place = Cursor.of(asked, view.now.seconds).place_in("keys")
        page = signing_keys.list_page(view, asked.limit, place.after)
        return page_json(page, place, key_json)

    return Answer.json(200, services.engine.read(look), [NO_STORE])


async def rotate(services: Services, request: Request, body: bodies.Rotate) -> Answer:
    """Rotate the signing keys and answer the one that signs now."""
    active = await act(
        services,
        request,
        lambda transaction, actor: keys.rotate(
            services.engine, transaction, actor=actor, algorithm=body.algorithm
        ),
    )
    return Answer.json(201, key_json(active), [NO_STORE])


async def revoke(services: Services, request: Request, kid: str) -> Answer:
    """Revoke a signing key and answer it as it is then."""
    key = await act(
        services,
        request,
        lambda transaction, actor: keys.revoke(services.engine, transaction, kid, actor=actor),
    )
    return Answer.json(200, key_json(key), [NO_STORE])
