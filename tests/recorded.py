"""The whole chain of events, as it is stored."""

from __future__ import annotations

from protekt_cli.store import events
from protekt_cli.store.database import View
from protekt_cli.store.events import Recorded


def list_recorded(view: View) -> list[Recorded]:
    """Return every event with its digest and seal, oldest first; none of them is damaged."""
    recorded = []
    for each in events.list_stored(view, None, 1_000_000):
        assert isinstance(each, Recorded)
        recorded.append(each)
    return recorded
