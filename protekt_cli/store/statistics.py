"""How much there is in a database: counts and bytes, at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.models import SessionStatus
from protekt_cli.store import sessions
from protekt_cli.store.database import View


@dataclass(frozen=True, slots=True)
class Statistics:
    users: int
    #: Judged at the view's `now`.
    sessions: dict[SessionStatus, int]
    devices: int
    events: int
    database_bytes: int
    #: When the last event was written, if there is one.
    last_event_at: int | None


def take(view: View) -> Statistics:
    """Count everything."""
    users, devices, events, size, last = view.rows(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM devices),"
        " (SELECT count(*) FROM events),"
        " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),"
        " (SELECT at FROM events ORDER BY seq DESC LIMIT 1)"
    )[0]
    return Statistics(users, sessions.count_by_status(view), devices, events, size, last)
