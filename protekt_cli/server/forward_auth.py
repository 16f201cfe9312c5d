"""What a proxy asks before it lets a request through to an app: whose is it?

Nothing of the request counts but its credential: any method, any path below, any query and any
body are the app's own affair. The answer is the three headers, or 401.
"""

from __future__ import annotations

import string
from urllib.parse import quote

from fastapi import FastAPI, Response

from protekt_cli.server.access import authenticate
from protekt_cli.server.admission import FORWARD_AUTH
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services

#: A header holds what is printable in ASCII; `%` begins what is not.
_AS_IT_IS = string.punctuation.replace("%", "")


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoint to *api*, for the document: requests are answered before any router."""

    @api.get(FORWARD_AUTH, response_class=Response)
    async def forward_auth(request: Asked) -> Response:
        """Say to a proxy whose a request is: 200 with headers, or 401.

        Any method is taken, and any path below this one. `X-Auth-User-Id`, `X-Auth-User-Email`
        and `X-Auth-Session-Id` come with a 200; the e-mail is percent-encoded UTF-8 where it is
        not ASCII, and `%` is `%25`.
        """
        return response(await check(services, request))


async def check(services: Services, request: Request) -> Answer:
    """Return whose request a proxy holds; a use of the session."""
    await request.discard_content()
    session, user, _ = await authenticate(services, request)
    return Answer(
        200,
        headers=(
            NO_STORE,
            (b"x-auth-user-id", user.id.encode()),
            (b"x-auth-user-email", _spelled(user.email)),
            (b"x-auth-session-id", session.id.encode()),
        ),
    )


def _spelled(email: str) -> bytes:
    return quote(email, safe=_AS_IT_IS).encode()
