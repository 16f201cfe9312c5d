"""The endpoints of sessions: log in, validate, refresh, revoke, and one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.engine import authentication, own_sessions, renewal
from protekt_cli.engine.own_sessions import Selector
from protekt_cli.engine.representation import (
    Json,
    grant_json,
    session_json,
    user_json,
    validation_json,
)
from protekt_cli.errors import InvalidRequest, InvalidToken, Reason
from protekt_cli.models import Caller, Grant, SessionStatus
from protekt_cli.server import passwords, schemas
from protekt_cli.server.access import (
    address,
    authenticate,
    caller_for,
    caller_of,
    is_by_cookie,
    presented_claims,
    require_app,
    validated,
)
from protekt_cli.server.answer import NO_STORE, Answer, Header
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store.database import View

_STATUSES = {status.value: status for status in SessionStatus} | {"all": None}


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.post("/v1/sessions", status_code=201, response_model=schemas.SessionResponse)
    async def create(request: Asked, body: Annotated[schemas.LogIn, Body()]) -> Response:
        """Log in: a new session and its tokens."""
        return response(await log_in(services, request, body))

    @api.post("/v1/sessions/validate", response_model=schemas.Valid | schemas.Invalid)
    async def check(request: Asked, body: Annotated[schemas.Validate, Body()]) -> Response:
        """Say whether an access token is good, and whose it is."""
        return response(await validate(services, request, body))

    @api.post("/v1/sessions/refresh", response_model=schemas.SessionResponse)
    async def renew(
        request: Asked, body: Annotated[schemas.Refresh | None, Body()] = None
    ) -> Response:
        """Exchange a refresh token for its successor and a new access token."""
        return response(await refresh(services, request, body or schemas.Refresh()))

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
        revoked, headers = await revoke_own(services, request, selector)
        return response(Answer.json(200, {"revoked": revoked}, headers))

    @api.get("/v1/session", response_model=schemas.OwnSession)
    async def own(request: Asked) -> Response:
        """Return the session and the user of the access token."""
        return response(await own_session(services, request))

    @api.get("/v1/sessions", response_model=schemas.OwnSessions)
    async def list_(request: Asked, status: str = "active") -> Response:
        """List one's own sessions, the newest first."""
        return response(await list_own(services, request, status))

    @api.delete("/v1/sessions/{session_id}", status_code=204)
    async def delete(request: Asked, session_id: str) -> Response:
        """End one of one's own sessions."""
        selector = Selector(session_id=session_id)
        _, headers = await revoke_own(services, request, selector)
        return response(Answer(204, headers=tuple(headers)))


async def log_in(services: Services, request: Request, body: schemas.LogIn) -> Answer:
    """Check a password and begin a session."""
    require_app(services, request)
    if body.cookies:
        services.origins.check(request, only_browsers=True)
    engine, device = services.engine, body.device or schemas.NamedDevice()
    caller = caller_for(
        services, request, ip=body.ip, user_agent=body.user_agent, device_id=device.id
    )
    attempt = await services.submit(
        lambda transaction: authentication.begin(engine, transaction, body.email, caller)
    )
    matched, rehashed = await passwords.check_or_withdraw(
        services, attempt, lambda: authentication.check(engine, attempt, body.password)
    )
    grant = await services.submit(
        lambda transaction: authentication.conclude(
            engine,
            transaction,
            attempt,
            caller,
            matched=matched,
            rehashed=rehashed,
            device_name=device.name,
            client_id=request.key.id if request.key else None,
            sliding=request.key is not None and bool(body.sliding_expiration),
        )
    )
    return granted(services, 201, grant, cookies=bool(body.cookies))


async def validate(services: Services, request: Request, body: schemas.Validate) -> Answer:
    """Say whether an access token is good, and whose it is; a use of its session."""
    require_app(services, request)
    # Somebody else asks: whose session it is comes in the body, and only there.
    user = Caller(ip=address(body.ip), device_id=body.device_id)
    found = await validated(services, body.session_token, user)
    return Answer.json(200, validation_json(found), (NO_STORE,))


async def refresh(services: Services, request: Request, body: schemas.Refresh) -> Answer:
    """Exchange a refresh token for its successor and a new access token.

    One that came in its cookie is answered in cookies, one that came in the body in the body.
    """
    require_app(services, request)
    presented, cookies = body.refresh_token, body.refresh_token is None
    if presented is None:
        presented = _refresh_cookie(services, request)
    token = renewal.parse(presented)
    caller = caller_for(
        services, request, ip=body.ip, user_agent=body.user_agent, device_id=body.device_id
    )
    grant = await services.submit(
        lambda transaction: renewal.refresh(services.engine, transaction, token, caller)
    )
    return granted(services, 200, grant, cookies=cookies)


def granted(services: Services, status: int, grant: Grant, *, cookies: bool) -> Answer:
    """Return the session response, its tokens in cookies or in the body, never in both."""
    document = grant_json(grant)
    if not cookies:
        return Answer.json(status, document, (NO_STORE,))
    document |= {"sessionToken": None, "refreshToken": None}
    return Answer.json(status, document, (NO_STORE, *services.cookies.set_to(grant)))


def _refresh_cookie(services: Services, request: Request) -> str:
    cookie = request.cookies.get(services.cookies.refresh)
    if cookie is None:
        raise InvalidToken(Reason.MISSING)
    services.origins.check(request)
    return cookie.decode("latin-1")


async def own_session(services: Services, request: Request) -> Answer:
    """Return the session and the user of the request's own access token."""
    session, user, now = await authenticate(services, request)
    document = {
        "session": session_json(session, now, current=session.id),
        "user": user_json(user),
    }
    return Answer.json(200, document, (NO_STORE,))


async def list_own(services: Services, request: Request, status: str) -> Answer:
    """Return the caller's sessions: the active ones, unless another status is asked for."""
    if status not in _STATUSES:
        raise InvalidRequest(f"status is one of {', '.join(_STATUSES)}")
    session, user, _ = await authenticate(services, request)

    def find(view: View) -> Json:
        found, now = own_sessions.list_(view, user.id, _STATUSES[status]), view.now.seconds
        return {"sessions": [session_json(each, now, current=session.id) for each in found]}

    return Answer.json(200, await read_aside(services, find), (NO_STORE,))


async def revoke_own(
    services: Services, request: Request, selector: Selector
) -> tuple[int, Sequence[Header]]:
    """End sessions of the caller's own.

    Returns:
        How many ended, and the headers that clear the caller's cookies if its own was one.
    """
    engine, claims = services.engine, presented_claims(services, request)
    revoked, caller = 0, caller_of(services, request)
    while True:
        step = await services.submit(
            lambda transaction: own_sessions.revoke(engine, transaction, claims, selector, caller)
        )
        revoked += step.revoked
        if step.is_last:
            clears = step.selects_own and is_by_cookie(services, request)
            return revoked, services.cookies.clearing() if clears else ()
