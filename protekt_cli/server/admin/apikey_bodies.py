"""The bodies of the admin API's requests and answers about API keys."""

from __future__ import annotations

from typing import Literal

from protekt_cli.models import Scope
from protekt_cli.server.schemas import Json


class CreateApiKey(Json):
    name: str
    scope: Literal["client", "read", "admin"] | None = None
    #: A duration, or seconds.
    expires_in: str | int | None = None


class NewApiKey(Json):
    id: str
    name: str
    scope: Scope
    created_at: int
    expires_at: int | None
    key: str


class ApiKey(Json):
    id: str
    name: str
    scope: Scope
    created_at: int
    expires_at: int | None
    last_used_at: int | None


class ApiKeys(Json):
    items: list[ApiKey]
    next_cursor: str | None
