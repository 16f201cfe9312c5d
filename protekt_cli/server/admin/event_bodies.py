"""The queries and answers of the admin API about events."""

from __future__ import annotations

from typing import Any

from protekt_cli.server.admin.paging import Paged
from protekt_cli.server.schemas import Json


class StreamQuery(Json):
    #: A type, or a pattern in which `*` stands for any text.
    type: str | None = None
    #: An id, the start of one, or an e-mail.
    user: str | None = None
    session: str | None = None


class EventQuery(StreamQuery, Paged):
    #: Written since then: Unix seconds, ISO 8601, or a duration ago.
    since: str | None = None


class Event(Json):
    seq: int
    id: str
    type: str
    at: int
    user_id: str | None
    session_id: str | None
    device_id: str | None
    ip: str | None
    actor: str
    reason: str | None
    data: dict[str, Any]


class Events(Json):
    """A page, oldest first, and where those before it are."""

    items: list[Event]
    next_cursor: str | None
