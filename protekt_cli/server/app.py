"""The application: every endpoint with its path, the hot ones once more in a dictionary.

FastAPI routes, checks and documents all of them. A FastAPI route costs two to three times a bare
answer, so the gate calls those that each request of an app needs without asking FastAPI; what
they do is written once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from fastapi import Body, Depends, FastAPI, Response
from fastapi import Request as FastApiRequest
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from protekt_cli import __version__
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.own_sessions import Selector
from protekt_cli.errors import InvalidRequest, Problem
from protekt_cli.server import dev, probes, schemas, sessions
from protekt_cli.server.answer import Answer
from protekt_cli.server.gate import Gate, Methods
from protekt_cli.server.request import Endpoint, Request
from protekt_cli.server.services import Services

M = TypeVar("M", bound=BaseModel)


def create_app(engine: Engine, *, is_dev: bool = False) -> Gate:
    """Return the application over an engine that it closes at its shutdown.

    Args:
        is_dev: Let programs of this machine move the clock and empty the store.
    """
    services = Services(engine)
    server = engine.settings.server
    documented = _documented(services)
    if is_dev:
        dev.add_routes(documented, services)
    return Gate(
        hot=_hot(services),
        fallback=documented,
        public_url=engine.settings.public_url,
        allowed_hosts=server.allowed_hosts,
        max_body_bytes=server.max_body_bytes,
        guards={dev.ROOT: dev.guard(services)} if is_dev else {},
    )


def _hot(services: Services) -> dict[str, Methods]:
    async def own_session(request: Request) -> Answer:
        return await sessions.own_session(services, request)

    async def jwks(request: Request) -> Answer:
        return probes.jwks(services)

    return {
        "/v1/sessions/validate": {
            "POST": _with_body(services, schemas.Validate, sessions.validate)
        },
        "/v1/sessions/refresh": {"POST": _with_body(services, schemas.Refresh, sessions.refresh)},
        "/v1/session": {"GET": own_session},
        "/.well-known/jwks.json": {"GET": jwks},
    }


def _with_body(
    services: Services,
    model: type[M],
    endpoint: Callable[[Services, Request, M], Awaitable[Answer]],
) -> Endpoint:
    async def read(request: Request) -> Answer:
        body = await request.json()
        if body is None:
            raise InvalidRequest("the request needs a body")
        try:
            parsed = model.model_validate(body)
        except ValidationError as error:
            raise schemas.invalid_request(error) from None
        return await endpoint(services, request, parsed)

    return read


def _documented(services: Services) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await services.start()
        yield
        services.stop()

    api = FastAPI(
        title="Protekt",
        summary="Authenticated sessions: log in, validate, refresh, revoke",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    api.router.route_class = _StrictRoute
    api.add_exception_handler(RequestValidationError, _refuse)
    api.add_exception_handler(HTTPException, _uncover)
    _add_session_routes(api, services)
    _add_probe_routes(api, services)
    return api


_PROBLEM = {
    "model": schemas.Problem,
    "description": "What is wrong, as RFC 9457 has it",
    "content": {"application/problem+json": {}},
}


def _gate_request(request: FastApiRequest) -> Request:
    return Request.of(request.scope)


Asked = Annotated[Request, Depends(_gate_request)]


def _add_session_routes(api: FastAPI, services: Services) -> None:
    @api.post("/v1/sessions", status_code=201, response_model=schemas.SessionResponse)
    async def log_in(request: Asked, body: Annotated[schemas.LogIn, Body()]) -> Response:
        """Log in: a new session and its tokens."""
        return _response(await sessions.log_in(services, request, body))

    @api.post("/v1/sessions/validate", response_model=schemas.Valid | schemas.Invalid)
    async def validate(request: Asked, body: Annotated[schemas.Validate, Body()]) -> Response:
        """Say whether an access token is good, and whose it is."""
        return _response(await sessions.validate(services, request, body))

    @api.post("/v1/sessions/refresh", response_model=schemas.SessionResponse)
    async def refresh(request: Asked, body: Annotated[schemas.Refresh, Body()]) -> Response:
        """Exchange a refresh token for its successor and a new access token."""
        return _response(await sessions.refresh(services, request, body))

    @api.post("/v1/sessions/revoke", response_model=schemas.Revoked)
    async def revoke(
        request: Asked, body: Annotated[schemas.Revoke | None, Body()] = None
    ) -> Response:
        """End the session that asks, or others of the same user."""
        chosen = body or schemas.Revoke()
        selector = Selector(
            session_id=chosen.session_id,
            device_id=chosen.device_id,
            others=bool(chosen.others),
            all=bool(chosen.all),
        )
        revoked = await sessions.revoke_own(services, request, selector)
        return _response(Answer.json(200, {"revoked": revoked}))

    @api.get("/v1/session", response_model=schemas.OwnSession)
    async def own_session(request: Asked) -> Response:
        """Return the session and the user of the access token."""
        return _response(await sessions.own_session(services, request))

    @api.get("/v1/sessions", response_model=schemas.OwnSessions)
    async def list_own(request: Asked, status: str = "active") -> Response:
        """List one's own sessions, the newest first."""
        return _response(await sessions.list_own(services, request, status))

    @api.delete("/v1/sessions/{session_id}", status_code=204)
    async def delete_own(request: Asked, session_id: str) -> Response:
        """End one of one's own sessions."""
        await sessions.revoke_own(services, request, Selector(session_id=session_id))
        return Response(status_code=204)


def _add_probe_routes(api: FastAPI, services: Services) -> None:
    @api.get("/healthz", response_model=schemas.Health)
    async def healthz() -> Response:
        """Say that the process answers."""
        return _response(probes.healthz())

    @api.get("/readyz", response_model=schemas.Health)
    async def readyz() -> Response:
        """Say that the store can be read and tokens can be signed."""
        return _response(probes.readyz(services))

    @api.get("/.well-known/jwks.json", response_model=schemas.JwkSet)
    async def jwks() -> Response:
        """Return the keys that verify access tokens."""
        return _response(probes.jwks(services))


class _StrictRequest(FastApiRequest):
    """A request whose body is read by the one strict reader, whichever way it came here."""

    async def body(self) -> bytes:
        if not hasattr(self, "_strict"):
            self._strict = await Request.of(self.scope).json()
        return b"" if self._strict is None else b"{}"  # all that is asked is whether one is there

    async def json(self) -> object:
        await self.body()
        return self._strict


class _StrictRoute(APIRoute):
    def get_route_handler(self) -> Callable[[FastApiRequest], Awaitable[Response]]:  # type: ignore[override]
        handler = super().get_route_handler()

        async def strict(request: FastApiRequest) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict


async def _refuse(_: FastApiRequest, error: Exception) -> Response:
    """Raise what the gate knows how to write down."""
    if isinstance(error, RequestValidationError):
        raise schemas.refuse_member(error.errors()[0])
    raise error


async def _uncover(request: FastApiRequest, error: Exception) -> Response:
    """Raise what the body reader said, which FastAPI covers with an error of its own."""
    if isinstance(error.__cause__, Problem):
        raise error.__cause__
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return await http_exception_handler(request, error)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers.extend(answer.headers)
    return response
