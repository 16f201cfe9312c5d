"""What FastAPI needs to serve endpoints of this server: strict bodies, and problems left alone.

Resources add their routes to the application that is made here; none of them asks FastAPI for
anything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from fastapi import Request as FastApiRequest
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from protekt_cli import __version__
from protekt_cli.config import Settings
from protekt_cli.errors import Problem
from protekt_cli.server import schemas, security_schemes
from protekt_cli.server.answer import Answer
from protekt_cli.server.request import Request

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_PROBLEM = {
    "model": schemas.Problem,
    "description": "What is wrong, as RFC 9457 has it",
    "content": {"application/problem+json": {}},
}


def new_api(settings: Settings, lifespan: Lifespan) -> FastAPI:
    """Return an application without routes, which *lifespan* begins and ends."""
    api = _Api(
        title="Protekt",
        summary="Authenticated sessions: log in, validate, refresh, revoke",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    api.settings = settings
    api.router.route_class = _StrictRoute
    api.add_exception_handler(RequestValidationError, _refuse)
    api.add_exception_handler(HTTPException, _uncover)
    return api


class _Api(FastAPI):
    settings: Settings

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            security_schemes.describe(super().openapi(), self.settings)
        return super().openapi()


def _gate_request(request: FastApiRequest) -> Request:
    return Request.of(request.scope)


#: An endpoint's parameter of this type is the request as the gate admitted it.
Asked = Annotated[Request, Depends(_gate_request)]


def response(answer: Answer) -> Response:
    """Return *answer* in FastAPI's own form."""
    made = Response(answer.body, answer.status)
    made.raw_headers.extend(answer.headers)
    return made


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
