"""Events of the database itself. They are read in pages: no snapshot is held open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from protekt_cli.cli.administration import EventQuery, Json, Listed
from protekt_cli.cli.administration.local.database import Database

if TYPE_CHECKING:
    from protekt_cli.store.database import View
    from protekt_cli.store.event_filter import Filter

#: Events that are read at once.
_PAGE = 1000
#: Seconds between two looks for new events.
_PERIOD = 0.25


class Events(Database):
    """What the commands of `events` ask for."""

    def list_events(self, query: EventQuery) -> Listed:
        from protekt_cli.store.events import find_start

        def begin(view: View) -> tuple[Filter, int, bool]:
            wanted = _filter(view, query)
            start, is_cut = find_start(view, wanted, query.limit) if query.limit else (0, False)
            return wanted, start, is_cut

        wanted, start, is_cut = self.read(begin)
        return Listed(islice(self._behind(start - 1, wanted), query.limit or None), is_cut)

    def follow_events(self, last: int) -> Iterator[Json | None]:
        from protekt_cli.store.event_filter import EVERYTHING
        from protekt_cli.store.events import find_last

        after = self.read(lambda view: _before_last(view, last))
        while True:
            for event in self._behind(after, EVERYTHING):
                yield event
                after = event["seq"]
            yield None
            time.sleep(_PERIOD)
            newest = self.read(find_last)
            if newest is not None and newest[0] < after:
                after = 0  # the events began anew

    def _behind(self, after: int, wanted: Filter) -> Iterator[Json]:
        """Give the events of a filter behind a `seq`."""
        from protekt_cli.engine.representation import event_json
        from protekt_cli.store.events import list_page

        while page := self.read(lambda view: list_page(view, wanted, after, _PAGE)):  # noqa: B023
            yield from map(event_json, page)
            after = page[-1].seq


def _before_last(view: View, count: int) -> int:
    """Return the `seq` that the last *count* events are behind."""
    from protekt_cli.store.event_filter import EVERYTHING
    from protekt_cli.store.events import find_last, find_start

    if count:
        return find_start(view, EVERYTHING, count)[0] - 1
    newest = find_last(view)
    return newest[0] if newest else 0


def _filter(view: View, query: EventQuery) -> Filter:
    from protekt_cli.cli.lists import since
    from protekt_cli.engine import event_subjects
    from protekt_cli.store.event_filter import Filter

    return Filter(
        type=query.type,
        user_id=event_subjects.user_id(view, query.user) if query.user else None,
        session_id=event_subjects.session_id(view, query.session) if query.session else None,
        since=since(query.since, view.now.seconds) if query.since else None,
    )
