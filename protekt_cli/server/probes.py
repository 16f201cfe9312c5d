"""The endpoints that need nobody's session: liveness, readiness, and the public keys."""

from __future__ import annotations

from fastapi import FastAPI, Response

from protekt_cli.engine import keys
from protekt_cli.server import schemas
from protekt_cli.server.answer import Answer
from protekt_cli.server.routing import response
from protekt_cli.server.services import Services

#: Verifiers may keep the public keys this long; the next key is published long before it signs.
_JWKS_CACHE = (b"cache-control", b"public, max-age=300")


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/healthz", response_model=schemas.Health)
    async def live() -> Response:
        """Say that the process answers."""
        return response(healthz())

    @api.get("/readyz", response_model=schemas.Health)
    async def ready() -> Response:
        """Say that the store can be read and tokens can be signed."""
        return response(readyz(services))

    @api.get("/.well-known/jwks.json", response_model=schemas.JwkSet)
    async def key_set() -> Response:
        """Return the keys that verify access tokens."""
        return response(jwks(services))


def healthz() -> Answer:
    """Say that the process answers."""
    return Answer.json(200, {"status": "ok"})


def readyz(services: Services) -> Answer:
    """Say that the store can be read and tokens can be signed."""
    services.engine.read(lambda view: keys.get_active(services.engine, view))
    return Answer.json(200, {"status": "ok"})


def jwks(services: Services) -> Answer:
    """Return the keys that verify access tokens (RFC 7517 5)."""
    return Answer.json(200, services.engine.read(keys.jwks), (_JWKS_CACHE,))
