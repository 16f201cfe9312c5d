"""Events of a server: listed, or followed by its stream for as long as somebody reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from protekt_cli.cli.administration import EventQuery, Json, Listed
from protekt_cli.cli.administration.remote.reading import read_aside
from protekt_cli.cli.administration.remote.server import Server
from protekt_cli.cli.lists import since
from protekt_cli.errors import StoreUnavailable

#: Seconds in which it is looked whether anybody reads.
_MOMENT = 0.25
#: How many moments to wait before a lost server is asked again; then it is given up.
_PAUSES = (1, 2, 4, *[8] * 20)


class Events(Server):
    """What the commands of `events` ask for."""

    def list_events(self, query: EventQuery) -> Listed:
        if query.since is not None:
            since(query.since, self.now())  # the server reads it itself
        found = self.admin.list_events(
            query.limit + 1 if query.limit else 0,
            type=query.type,
            user=query.user,
            session=query.session,
            since=query.since,
        )
        is_cut = bool(query.limit) and len(found) > query.limit
        return Listed(cast("list[Json]", found[-query.limit :]), is_cut)

    def follow_events(self, last: int) -> Iterator[Json | None]:
        found = self.admin.list_events(max(1, last))
        yield from cast("list[Json]", found[len(found) - last :])
        after = found[-1]["seq"] if found else 0
        pauses = list(_PAUSES)
        while True:
            try:
                for frame in read_aside(self.admin.follow_events(after=after), _MOMENT):
                    if frame is None:
                        yield None
                    elif frame.type == "open":
                        pauses = list(_PAUSES)
                    elif frame.type == "gap":
                        after = frame.data["through"]
                        self.invocation.note(f"note: the events up to {after} are gone")
                    else:
                        after = frame.data["seq"]
                        yield frame.data
                lost = None
            except StoreUnavailable as error:
                lost = error
            yield from self._wait(pauses, lost)

    def _wait(self, pauses: list[int], lost: StoreUnavailable | None) -> Iterator[None]:
        """Wait before a server is asked again, longer each time, or give it up."""
        if lost is not None and not pauses:
            raise lost
        if lost is not None and len(pauses) == len(_PAUSES) - 1:
            self.invocation.note(f"note: {lost.message}; trying again")
        for _ in range(pauses.pop(0)):
            yield None
            time.sleep(_MOMENT)
