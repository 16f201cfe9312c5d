"""The body of the admin API's answer about how much there is."""

from __future__ import annotations

from protekt_cli.server.schemas import Json


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
