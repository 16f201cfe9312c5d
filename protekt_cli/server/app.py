"""The application: every endpoint with its path, the hot ones once more in a dictionary.

FastAPI routes, checks and documents all of them. A FastAPI route costs two to three times a bare
answer, so the gate calls those that each request of an app needs without asking FastAPI; what
they do is written once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from starlette.routing import Route

from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidRequest
from protekt_cli.server import (
    dev,
    devices,
    forward_auth,
    metrics,
    oauth,
    oauth_errors,
    own_password,
    pages,
    probes,
    schemas,
    sessions,
    streams,
)
from protekt_cli.server.admin import (
    apikeys,
    events,
    guard,
    keys,
    revocation,
    stats,
    tokens,
    users,
)
from protekt_cli.server.admin import devices as all_devices
from protekt_cli.server.admin import sessions as all_sessions
from protekt_cli.server.admission import FORWARD_AUTH, Admission
from protekt_cli.server.answer import Answer
from protekt_cli.server.cors import Cors
from protekt_cli.server.gate import ANY_METHOD, Gate, Methods, Observer
from protekt_cli.server.log_sink import Entry
from protekt_cli.server.request import Endpoint, Request
from protekt_cli.server.routing import new_api
from protekt_cli.server.services import Services
from protekt_cli.server.tally import Share

M = TypeVar("M", bound=BaseModel)

#: Each adds its endpoints, in the order in which the document shows them.
_RESOURCES = (
    sessions,
    devices,
    own_password,
    streams,
    forward_auth,
    oauth,
    probes,
    metrics,
    pages,
    users,
    all_sessions,
    revocation,
    all_devices,
    events,
    keys,
    apikeys,
    tokens,
    stats,
)


def create_app(
    engine: Engine,
    *,
    is_dev: bool = False,
    stopping: asyncio.Event | None = None,
    share: Share | None = None,
    log_request: Callable[[Entry], None] | None = None,
) -> Gate:
    """Return the application over an engine that it closes at its shutdown.

    Args:
        is_dev: Let programs of this machine move the clock and empty the store.
        stopping: Set when the server begins to stop: streams end then.
        share: This worker's part of what all workers count together.
        log_request: Takes an entry of the log for each request.
    """
    services = Services(engine, stopping, share)
    settings = engine.settings
    documented = _documented(services)
    if is_dev:
        dev.add_routes(documented, services)
    hot = _hot(services)
    services.measures.know([*hot, *_paths_of(documented)])
    return Gate(
        hot=hot,
        fallback=documented,
        admission=Admission(settings, services.find_key),
        cors=Cors(settings.server.cors_origins),
        max_body_bytes=settings.server.max_body_bytes,
        dialects={oauth.ROOT: oauth_errors.write},
        guards={guard.ROOT: guard.check} | ({dev.ROOT: dev.guard(services)} if is_dev else {}),
        observers=_observers(services, log_request),
    )


def _paths_of(api: FastAPI) -> list[str]:
    return [route.path for route in api.routes if isinstance(route, Route)]


def _observers(services: Services, log_request: Callable[[Entry], None] | None) -> list[Observer]:
    if log_request is None:
        return [services.measures.observe]
    from protekt_cli.server.logs import AccessLog

    log = AccessLog(log_request, services.proxies.client_of)
    return [services.measures.observe, log.observe]


def _documented(services: Services) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await services.start()
        yield
        services.stop()

    api = new_api(services.engine.settings, lifespan)
    for resource in _RESOURCES:
        resource.add_routes(api, services)
    return api


def _hot(services: Services) -> dict[str, Methods]:
    async def own_session(request: Request) -> Answer:
        return await sessions.own_session(services, request)

    async def is_let_through(request: Request) -> Answer:
        return await forward_auth.check(services, request)

    async def jwks(request: Request) -> Answer:
        return probes.jwks(services)

    return {
        "/v1/sessions/validate": {
            "POST": _with_body(services, schemas.Validate, sessions.validate)
        },
        "/v1/sessions/refresh": {"POST": _with_body(services, schemas.Refresh, sessions.refresh)},
        "/v1/session": {"GET": own_session},
        FORWARD_AUTH: {ANY_METHOD: is_let_through},
        f"{FORWARD_AUTH}/*": {ANY_METHOD: is_let_through},
        "/.well-known/jwks.json": {"GET": jwks},
    }


def _with_body(
    services: Services,
    model: type[M],
    endpoint: Callable[[Services, Request, M], Awaitable[Answer]],
) -> Endpoint:
    # Where every member may be left out, so may the body.
    is_optional = not any(field.is_required() for field in model.model_fields.values())

    async def read(request: Request) -> Answer:
        body = await request.json()
        if body is None:
            if not is_optional:
                raise InvalidRequest("the request needs a body")
            body = {}
        try:
            parsed = model.model_validate(body)
        except ValidationError as error:
            raise schemas.invalid_request(error) from None
        return await endpoint(services, request, parsed)

    return read
