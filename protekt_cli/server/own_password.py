"""The endpoint for one's own password: every session ends, and a new one begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Response

from protekt_cli.engine import own_password
from protekt_cli.server import passwords, schemas
from protekt_cli.server.access import caller_for, is_by_cookie, presented_claims
from protekt_cli.server.answer import Answer
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.server.sessions import granted


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*."""

    @api.post("/v1/password", response_model=schemas.SessionResponse)
    async def change_(request: Asked, body: Annotated[schemas.ChangePassword, Body()]) -> Response:
        """Change one's own password: all sessions end, and a new one begins in their place."""
        return response(await change(services, request, body))


async def change(services: Services, request: Request, body: schemas.ChangePassword) -> Answer:
    """Check the current password, set the new one, and answer the new session.

    Whoever came with cookies is answered in cookies.
    """
    engine, claims = services.engine, presented_claims(services, request)
    caller = caller_for(services, request, ip=body.ip, user_agent=body.user_agent)
    attempt = await services.submit(
        lambda transaction: own_password.begin(engine, transaction, claims, caller)
    )
    checked = await passwords.check_or_withdraw(
        services,
        attempt,
        lambda: own_password.check(engine, attempt, body.current_password, body.new_password),
    )
    grant = await services.submit(
        lambda transaction: own_password.conclude(
            engine, transaction, claims, attempt, caller, checked
        )
    )
    passwords.warn(checked.warning)
    return granted(services, 200, grant, cookies=is_by_cookie(services, request))
