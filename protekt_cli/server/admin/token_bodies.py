"""The body of the admin API's request about an access token."""

from __future__ import annotations

from protekt_cli.server.schemas import Json


class VerifyToken(Json):
    token: str
