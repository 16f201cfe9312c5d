"""Whom events are about, as people name them: what is gone has its events still."""

from __future__ import annotations

from protekt_cli.core import ids
from protekt_cli.engine import users
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.store import events as event_table
from protekt_cli.store.database import View
from protekt_cli.store.event_filter import Filter


def user_id(view: View, named: str) -> str:
    """Return the user that is meant by an e-mail, an id or its start; whole, by that of one gone.

    Raises:
        NotFound: There is none, and no event is about one.
        AmbiguousId: The start fits several, or is too short.
    """
    if ids.is_id(ids.Prefix.USER, named) and _has_any(view, Filter(user_id=named)):
        return named
    return users.get(view, named).id


def session_id(view: View, text: str) -> str:
    """Return the session that is meant by an id or its start; whole, by that of one gone.

    Raises:
        NotFound: There is none, and no event is about one.
        AmbiguousId: The start fits several, or is too short.
    """
    if ids.is_id(ids.Prefix.SESSION, text) and _has_any(view, Filter(session_id=text)):
        return text
    return resolve(view, ids.Prefix.SESSION, text)


def _has_any(view: View, about: Filter) -> bool:
    start, _ = event_table.find_start(view, about, 1)
    return start != 0
