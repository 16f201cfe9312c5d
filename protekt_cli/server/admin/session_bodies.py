"""The queries and bodies of the admin API's requests and answers about sessions."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from protekt_cli.server.admin.paging import Paged
from protekt_cli.server.schemas import Json, NamedDevice, OnlyTrue, Session

Sort = Literal["created", "-created", "active", "-active", "expires", "-expires", "user", "-user"]


class SessionQuery(Paged):
    #: An id, the start of one, or an e-mail.
    user: str | None = None
    device: str | None = None
    status: Literal["active", "expired", "revoked", "all"] = "active"
    #: An address, or a CIDR network.
    ip: str | None = None
    #: Active since then: Unix seconds, ISO 8601, or a duration ago.
    since: str | None = None
    sort: Sort = "-created"


class IssueSession(Json):
    #: An id, the start of one, or an e-mail.
    user_id: str
    #: How long the first access token lives: a duration, or seconds.
    ttl: str | int | None = None
    claims: dict[str, Any] | None = None
    device: NamedDevice | None = None


class RevokeSessions(Json):
    """Which sessions to end: all that is given must hold, and something must be."""

    ids: list[str] | None = None
    #: Not these, whatever else holds; by itself it selects nothing.
    except_ids: list[str] | None = None
    user_id: str | None = None
    device_id: str | None = None
    ip: str | None = None
    idle_for: str | int | None = None
    all: OnlyTrue | None = None
    #: A note that is kept with each session.
    reason: str | None = None
    dry_run: bool | None = None

    @model_validator(mode="after")
    def _some_selector(self) -> Self:
        given = self.model_fields_set - {"reason", "dry_run"}
        if any(getattr(self, name) is None for name in given):
            raise ValueError("a selector is never null: leave it out")
        if not given - {"except_ids"}:
            raise ValueError("give one of ids, userId, deviceId, ip, idleFor, all")
        return self


class Sessions(Json):
    items: list[Session]
    next_cursor: str | None


class Revoked(Json):
    revoked: int
    #: Null where they are more than are named.
    ids: list[str] | None
    not_found: list[str]
    dry_run: bool
