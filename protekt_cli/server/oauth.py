"""The OAuth endpoints: renew, ask about and give back tokens as standard clients do it.

There are no grants but the refresh token (no password grant: RFC 9700 2.4). What becomes of a
token is what becomes of it everywhere else; only the words are the RFCs'.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response

from protekt_cli.core import jws, policy, refresh_token
from protekt_cli.engine import introspection, renewal, token_revocation
from protekt_cli.errors import InvalidRequest, InvalidToken
from protekt_cli.models import Caller
from protekt_cli.server import oauth_metadata
from protekt_cli.server import oauth_schemas as schemas
from protekt_cli.server.access import address, caller_for, caller_of, used, validated
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.forms import read_form
from protekt_cli.server.oauth_clients import identify, require_client
from protekt_cli.server.oauth_errors import PRAGMA, UnsupportedGrantType
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services

#: Below this path problems are written as OAuth clients read them.
ROOT = "/oauth/"

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": schemas.OAuthError, "description": "What is wrong, as RFC 6749 has it"}
    for status in ("4XX", "5XX")
}


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.post(
        f"{ROOT}token",
        response_model=schemas.Tokens,
        responses=_ERRORS,
        openapi_extra=schemas.form_body(schemas.TokenForm),
    )
    async def post_token(request: Asked) -> Response:
        """Exchange a refresh token for its successor and a new access token (RFC 6749 6)."""
        return response(await renew(services, request))

    @api.post(
        f"{ROOT}introspect",
        response_model=schemas.Introspection,
        responses=_ERRORS,
        openapi_extra=schemas.form_body(schemas.IntrospectionForm),
    )
    async def post_introspect(request: Asked) -> Response:
        """Say whether a token is active, and whose it is (RFC 7662)."""
        return response(await introspect(services, request))

    @api.post(
        f"{ROOT}revoke",
        response_model=schemas.Nothing,
        responses=_ERRORS,
        openapi_extra=schemas.form_body(schemas.RevocationForm),
    )
    async def post_revoke(request: Asked) -> Response:
        """End the session of a token (RFC 7009)."""
        return response(await revoke(services, request))

    @api.get("/.well-known/oauth-authorization-server", response_model=schemas.ServerMetadata)
    async def metadata(request: Asked) -> Response:
        """Describe this server to OAuth clients (RFC 8414)."""
        return response(oauth_metadata.describe(services, request))


async def renew(services: Services, request: Request) -> Answer:
    """Exchange a refresh token as `/v1/sessions/refresh` does."""
    form = await read_form(request, schemas.TokenForm)
    if services.engine.settings.server.require_api_key:
        require_client(services, request, form)
    else:
        identify(services, request, form)
    if form.grant_type != "refresh_token":
        raise UnsupportedGrantType("refresh_token is the only grant type here")
    if form.refresh_token is None:
        raise InvalidRequest("missing member: refresh_token")
    token = renewal.parse(form.refresh_token)
    caller = caller_for(
        services, request, ip=form.ip, user_agent=form.user_agent, device_id=form.device_id
    )
    grant = await services.submit(
        lambda transaction: renewal.refresh(services.engine, transaction, token, caller)
    )
    return _answer(
        {
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires_in": grant.access_expires_at - grant.issued_at,
            "refresh_token": grant.refresh_token,
        }
    )


async def introspect(services: Services, request: Request) -> Answer:
    """Say what a token is worth; a use of its session."""
    form = await read_form(request, schemas.IntrospectionForm)
    require_client(services, request, form)
    # Somebody else asks: whose session it is comes in the form, and only there.
    user = Caller(ip=address(form.ip), device_id=form.device_id)
    if form.token.startswith(refresh_token.PREFIX):
        return _answer(await _about_refresh_token(services, form.token, user))
    found = await validated(services, form.token, user)
    if found.user is None:
        return _answer({"active": False})
    return _answer(
        {
            **jws.parse(form.token).payload,
            "active": True,
            "token_type": "Bearer",
            "username": found.user.email,
        }
    )


async def revoke(services: Services, request: Request) -> Answer:
    """End the session of whichever token it is; what is no token ends nothing (RFC 7009 2.2)."""
    form = await read_form(request, schemas.RevocationForm)
    identify(services, request, form)
    engine, ip = services.engine, caller_of(services, request).ip
    try:
        await services.submit(
            lambda transaction: token_revocation.revoke(engine, transaction, form.token, ip=ip)
        )
    except InvalidToken:
        return _answer({})
    return _answer({})


async def _about_refresh_token(services: Services, text: str, user: Caller) -> dict[str, Any]:
    token = refresh_token.parse(text)
    if token is None:
        return {"active": False}
    engine = services.engine
    found = await used(
        services,
        engine.read(lambda view: introspection.look(engine, view, token, user)),
        lambda transaction: introspection.use(engine, transaction, token, user),
    )
    session = found.session
    if session is None or found.user is None:
        return {"active": False}
    return {
        "active": True,
        "token_type": "refresh_token",
        "username": found.user.email,
        "client_id": session.client_id,
        "iss": engine.settings.issuer,
        "sub": session.user_id,
        "sid": session.id,
        "iat": session.created_at if session.rotated_at is None else session.rotated_at,
        "exp": policy.refresh_ends_at(session),
    }


def _answer(document: dict[str, Any]) -> Answer:
    return Answer.json(200, document, (NO_STORE, PRAGMA))
