"""Who asks: by an access token or a cookie, with an API key, and from where.

Endpoints ask here and nowhere else. Which credential a request brings was noted when it was
admitted; whether its session lives is the engine's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from protekt_cli.core import networks
from protekt_cli.core.access_token import Claims
from protekt_cli.engine import validation
from protekt_cli.engine.validation import Look
from protekt_cli.errors import (
    Forbidden,
    InvalidApiKey,
    InvalidRequest,
    InvalidToken,
    Reason,
    StoreUnavailable,
)
from protekt_cli.models import ApiKey, Caller, Scope, Session, User, Validation
from protekt_cli.server.admission import is_for_forward_auth
from protekt_cli.server.request import Request
from protekt_cli.server.services import Services
from protekt_cli.store.database import Transaction

#: Characters of a user agent that are kept.
MAX_USER_AGENT = 512
#: Characters of a device id that are kept: more than any of ours has.
MAX_DEVICE_ID = 64

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_RANKS = {scope: rank for rank, scope in enumerate(Scope)}


def require_key(request: Request, scope: Scope) -> ApiKey:
    """Return the API key that came with the request, of *scope* or of more.

    Raises:
        InvalidApiKey: None came.
        Forbidden: It may not do this.
    """
    if request.key is None:
        raise InvalidApiKey("this path needs an API key", hint="send it as X-API-Key")
    if _RANKS[request.key.scope] < _RANKS[scope]:
        raise Forbidden(f"this needs an API key of scope {scope}")
    return request.key


def require_app(services: Services, request: Request) -> None:
    """Refuse a request without an API key, where the settings want apps to have one.

    Raises:
        InvalidApiKey: None came.
    """
    if request.key is None and services.engine.settings.server.require_api_key:
        require_key(request, Scope.CLIENT)


def is_by_cookie(services: Services, request: Request) -> bool:
    """Whether the session's token is the cookie's: a bearer header wins over it."""
    return request.bearer() is None and services.cookies.session in request.cookies


def access_token(services: Services, request: Request) -> str:
    """Return the access token that came, from the header or else from the cookie.

    Raises:
        InvalidToken: None came.
        Forbidden: A browser added the cookie to what a page of another origin asks to change.
    """
    token = request.bearer()
    if token is not None:
        return token
    cookie = request.cookies.get(services.cookies.session)
    if cookie is None:
        raise InvalidToken(Reason.MISSING)
    # A proxy asks with the method of a request that is not for this server.
    if request.method not in _SAFE_METHODS and not is_for_forward_auth(request):
        services.origins.check(request)
    return cookie.decode("latin-1")


def presented_claims(services: Services, request: Request) -> Claims:
    """Return what the access token of a request says, for a verb that judges the session itself.

    Raises:
        InvalidToken: No access token came, or it is none of ours.
    """
    engine, token = services.engine, access_token(services, request)
    look = engine.read(lambda view: validation.look(engine, view, token))
    if look.claims is None:
        raise validation.refusal(look.validation)
    return look.claims


class Authenticated(NamedTuple):
    """Whose request it is, and when that was found out."""

    session: Session
    user: User
    at: int


async def authenticate(services: Services, request: Request) -> Authenticated:
    """Return whose request it is, by its access token; a use of the session.

    Raises:
        InvalidToken: No access token came, or it is refused.
    """
    token = access_token(services, request)
    found = await validated(services, token, caller_of(services, request))
    if found.session is None or found.user is None or found.judged_at is None:
        raise validation.refusal(found)
    return Authenticated(found.session, found.user, found.judged_at)


async def validated(services: Services, token: str, caller: Caller | None) -> Validation:
    """Judge an access token and count it as a use of its session."""
    engine = services.engine
    look = validation.look_up(engine, token, caller)
    claims = look.claims
    if claims is None:
        return look.validation
    return await used(
        services, look, lambda transaction: validation.use(engine, transaction, claims, caller)
    )


async def used(
    services: Services, look: Look, use: Callable[[Transaction], Validation]
) -> Validation:
    """Return the verdict of a look at a token, once what there is to write of it is on disk.

    Args:
        use: Judges again and writes; not called where there is nothing to write.

    Raises:
        StoreUnavailable: Something that must be on disk before the answer could not be written.
    """
    if not look.is_due:
        return look.validation
    try:
        return await services.submit(use)
    except StoreUnavailable as error:
        return look.despite(error)


def caller_of(services: Services, request: Request, device_id: str | None = None) -> Caller:
    """Return from where a request comes.

    Args:
        device_id: What the body says; else a header does, else the cookie.
    """
    return Caller(
        ip=services.proxies.client_of(request),
        user_agent=_user_agent(request),
        device_id=_device_id(services, request, device_id),
    )


def caller_for(
    services: Services,
    request: Request,
    *,
    ip: str | None,
    user_agent: str | None,
    device_id: str | None = None,
) -> Caller:
    """Return from where the end user comes, for whom an app's backend may speak.

    With an API key the backend's own address is nobody's: where none is given there is none.

    Args:
        ip: The end user's address, from the body.
        user_agent: The end user's program, from the body.

    Raises:
        InvalidRequest: Either came without an API key, or is no address.
    """
    if request.key is None:
        for name, value in (("ip", ip), ("userAgent", user_agent)):
            if value is not None:
                raise InvalidRequest(f"{name}: only a request with an API key may say it")
        return caller_of(services, request, device_id)
    return Caller(
        ip=address(ip),
        user_agent=_cut(user_agent, MAX_USER_AGENT) or _user_agent(request),
        device_id=_device_id(services, request, device_id),
    )


def address(text: str | None) -> str | None:
    """Return an address that came in a body, in its one spelling.

    Raises:
        InvalidRequest: It is none.
    """
    if text is None:
        return None
    try:
        return networks.normalise(text)
    except ValueError:
        raise InvalidRequest("ip: not an address") from None


def _user_agent(request: Request) -> str | None:
    raw = request.fields.get(b"user-agent", b"")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return _cut(text, MAX_USER_AGENT)


def _device_id(services: Services, request: Request, given: str | None) -> str | None:
    if given is None:
        given = request.header(b"x-device-id")
    if given is None:
        cookie = request.cookies.get(services.cookies.device)
        given = None if cookie is None else cookie.decode("latin-1")
    return _cut(given, MAX_DEVICE_ID)


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None
