"""The bodies of the admin API's requests and answers about keys, tokens and counts.

As everywhere: requests are strict, answers are written by `engine.representation`. A member that
may be left out may be null as well.
"""

from __future__ import annotations

from typing import Literal

from protekt_cli.durations import parse_duration
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import KeyStatus, Scope
from protekt_cli.server.schemas import Json

Algorithm = Literal["ES256", "HS256", "EdDSA", "RS256"]


class VerifyToken(Json):
    token: str


class Rotate(Json):
    algorithm: Algorithm | None = None


class CreateApiKey(Json):
    name: str
    scope: Literal["client", "read", "admin"] | None = None
    #: A duration, or seconds.
    expires_in: str | int | None = None


class SigningKey(Json):
    kid: str
    algorithm: str
    status: KeyStatus
    created_at: int
    retired_at: int | None


class SigningKeys(Json):
    items: list[SigningKey]
    next_cursor: str | None


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


class SessionCounts(Json):
    active: int
    expired: int
    revoked: int


class Statistics(Json):
    users: int
    sessions: SessionCounts
    devices: int
    events: int
    database_bytes: int


def seconds_of(member: str, written: str | int | None) -> int | None:
    """Return the duration that *member* was given; None where it was left out.

    Raises:
        InvalidRequest: It is no duration.
    """
    if written is None:
        return None
    try:
        return parse_duration(written)
    except ValueError as error:
        raise InvalidRequest(f"{member}: {error}") from None
