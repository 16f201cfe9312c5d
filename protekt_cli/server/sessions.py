"""The endpoints of sessions: log in, validate, refresh, revoke, and one's own."""

from __future__ import annotations

from dataclasses import replace

from protekt_cli.engine import authentication, own_sessions, renewal, validation
from protekt_cli.engine.representation import (
    grant_json,
    session_json,
    user_json,
    validation_json,
)
from protekt_cli.errors import InvalidRequest, InvalidToken, Reason, StoreUnavailable
from protekt_cli.models import Caller, Session, SessionStatus, User, Validation
from protekt_cli.server import addresses, schemas
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.request import Request
from protekt_cli.server.services import Services

#: Characters of a user agent that are kept.
MAX_USER_AGENT = 512
#: Characters of a device id that are kept: more than any of ours has.
MAX_DEVICE_ID = 64

_STATUSES = {status.value: status for status in SessionStatus} | {"all": None}


async def log_in(services: Services, request: Request, body: schemas.LogIn) -> Answer:
    """Check a password and begin a session."""
    engine = services.engine
    caller = caller_of(request)
    if body.device is not None and body.device.id is not None:
        caller = replace(caller, device_id=body.device.id)
    attempt = engine.read(lambda view: authentication.begin(engine, view, body.email))
    matched, rehashed = await services.hashing.run(
        lambda: authentication.check(engine, attempt, body.password)
    )
    grant = await services.submit(
        lambda transaction: authentication.conclude(
            engine,
            transaction,
            attempt,
            caller,
            matched=matched,
            rehashed=rehashed,
            device_name=body.device.name if body.device else None,
        )
    )
    return Answer.json(201, grant_json(grant), (NO_STORE,))


async def validate(services: Services, request: Request, body: schemas.Validate) -> Answer:
    """Say whether an access token is good, and whose it is; a use of its session."""
    # Somebody else asks: whose session it is comes in the body, and only there.
    user = Caller(ip=_address(body.ip), device_id=body.device_id)
    found = await _validated(services, body.session_token, user)
    now = services.engine.store.now().seconds
    return Answer.json(200, validation_json(found, now), (NO_STORE,))


async def refresh(services: Services, request: Request, body: schemas.Refresh) -> Answer:
    """Exchange a refresh token for its successor and a new access token."""
    token = renewal.parse(body.refresh_token)
    caller = caller_of(request)
    if body.device_id is not None:
        caller = replace(caller, device_id=_cut(body.device_id, MAX_DEVICE_ID))
    grant = await services.submit(
        lambda transaction: renewal.refresh(services.engine, transaction, token, caller)
    )
    return Answer.json(200, grant_json(grant), (NO_STORE,))


async def own_session(services: Services, request: Request) -> Answer:
    """Return the session and the user of the request's own access token."""
    session, user = await authenticated(services, request)
    now = services.engine.store.now().seconds
    document = {
        "session": session_json(session, now, current=session.id),
        "user": user_json(user),
    }
    return Answer.json(200, document, (NO_STORE,))


async def list_own(services: Services, request: Request, status: str) -> Answer:
    """Return the caller's sessions: the active ones, unless another status is asked for."""
    if status not in _STATUSES:
        raise InvalidRequest(f"status is one of {', '.join(_STATUSES)}")
    session, user = await authenticated(services, request)
    engine = services.engine
    sessions = engine.read(lambda view: own_sessions.list_(view, user.id, _STATUSES[status]))
    now = engine.store.now().seconds
    document = {"sessions": [session_json(each, now, current=session.id) for each in sessions]}
    return Answer.json(200, document, (NO_STORE,))


async def revoke_own(services: Services, request: Request, selector: own_sessions.Selector) -> int:
    """End sessions of the caller's own and return how many it ended."""
    engine = services.engine
    look = engine.read(lambda view: validation.look(engine, view, _bearer(request)))
    claims = look.claims
    if claims is None:
        raise validation.refusal(look.validation)
    revoked = 0
    while True:
        step = await services.submit(
            lambda transaction: own_sessions.revoke(
                engine, transaction, claims, selector, caller_of(request)
            )
        )
        revoked += step.revoked
        if step.is_last:
            return revoked


async def authenticated(services: Services, request: Request) -> tuple[Session, User]:
    """Return whose request it is, by its access token; a use of the session.

    Raises:
        InvalidToken: No access token came, or it is refused.
    """
    found = await _validated(services, _bearer(request), caller_of(request))
    if found.session is None or found.user is None:
        raise validation.refusal(found)
    return found.session, found.user


def caller_of(request: Request) -> Caller:
    """Return from where a request comes."""
    return Caller(
        ip=request.peer,
        user_agent=_cut(request.header(b"user-agent"), MAX_USER_AGENT),
        device_id=_cut(request.header(b"x-device-id"), MAX_DEVICE_ID),
    )


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None


def _address(text: str | None) -> str | None:
    """Return an address that came in a body, in its one spelling."""
    if text is None:
        return None
    try:
        return addresses.normalise(text)
    except ValueError:
        raise InvalidRequest("ip: not an address") from None


def _bearer(request: Request) -> str:
    token = request.bearer()
    if token is None:
        raise InvalidToken(Reason.MISSING)
    return token


async def _validated(services: Services, token: str, caller: Caller) -> Validation:
    """Judge an access token and count it as a use of its session."""
    engine = services.engine
    look = engine.read(lambda view: validation.look(engine, view, token, caller))
    claims = look.claims
    if claims is None or not look.is_due:
        return look.validation
    try:
        return await services.submit(
            lambda transaction: validation.use(engine, transaction, claims, caller)
        )
    except StoreUnavailable:
        if look.must_write:
            raise
        return look.validation  # the next use moves the deadline
