"""The bodies of the admin API's requests and answers about signing keys."""

from __future__ import annotations

from typing import Literal

from protekt_cli.models import KeyStatus
from protekt_cli.server.schemas import Json

Algorithm = Literal["ES256", "HS256", "EdDSA", "RS256"]


class Rotate(Json):
    algorithm: Algorithm | None = None


class SigningKey(Json):
    kid: str
    algorithm: str
    status: KeyStatus
    created_at: int
    retired_at: int | None


class SigningKeys(Json):
    items: list[SigningKey]
    next_cursor: str | None
