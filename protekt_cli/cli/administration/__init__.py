"""What the admin commands ask for, and what they hear, wherever it is that they work.

It imports nothing that opens a database or a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]


# No dataclasses: to make them takes longer than to read the sessions that `sessions list` shows.
class Listed(NamedTuple):
    """A list, or its beginning."""

    items: Iterable[Json]
    #: Whether there are more than were asked for.
    is_cut: bool = False


class SessionQuery(NamedTuple):
    """Which sessions to list: the options of `sessions list`, as they were typed."""

    user: str | None = None
    device: str | None = None
    status: str = "active"
    ip: str | None = None
    since: str | None = None
    sort: str = "-created"
    limit: int = 100


class EventQuery(NamedTuple):
    """Which events to list: the options of `events list`, as they were typed."""

    type: str | None = None
    user: str | None = None
    session: str | None = None
    since: str | None = None
    limit: int = 100


class Selectors(NamedTuple):
    """Which sessions to end: all that is given must hold."""

    ids: tuple[str, ...] | None = None
    user: str | None = None
    device: str | None = None
    ip: str | None = None
    #: Not used for so many seconds.
    idle_for: int | None = None
    all: bool = False
    #: The stored login's session, to end that one, or the others of its user.
    current: str | None = None
    others_than: str | None = None


class Ended(NamedTuple):
    """What a revocation ended, or in a dry run would end."""

    sessions: int
    #: None above 1,000.
    ids: Sequence[str] | None
    not_found: Sequence[str] = ()
    #: Of how many users, on how many devices; None where nobody counted.
    users: int | None = None
    devices: int | None = None
