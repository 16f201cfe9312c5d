"""The endpoint that judges an access token without using its session."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.engine import validation
from protekt_cli.engine.representation import validation_json
from protekt_cli.server import schemas
from protekt_cli.server.admin import token_bodies as bodies
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.routing import response
from protekt_cli.server.services import Services


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.post("/v1/admin/tokens/verify", response_model=schemas.Valid | schemas.Invalid)
    async def check(body: Annotated[bodies.VerifyToken, Body()]) -> Response:
        """Say whether an access token is good, and whose it is; no use of its session."""
        return response(await verify(services, body))


async def verify(services: Services, body: bodies.VerifyToken) -> Answer:
    """Judge a token by everything but from where it is used; nothing is written."""
    engine = services.engine

    found = engine.read(lambda view: validation.look(engine, view, body.token)).validation
    return Answer.json(200, validation_json(found), [NO_STORE])
