"""What happened to logins, refreshes and sessions since the server began, by its own events.

They are read where every process writes them, the command line too, and only when somebody asks.
What was pruned before it was counted is left out; nothing is ever taken back.
"""

from __future__ import annotations

from collections.abc import Mapping

from protekt_cli.engine import feed
from protekt_cli.errors import EndReason
from protekt_cli.server.tally import Share
from protekt_cli.store import measures
from protekt_cli.store.database import Store, View
from protekt_cli.store.measures import Happened

#: What is counted, and the values of its label.
OUTCOMES = ("success", "failure")
KINDS = ("rotated", "renewed", "concurrent", "lost_answer", "parent_reused", "ancestor_reused")
REASONS = tuple(reason.value for reason in EndReason)

#: Events that are looked at in one snapshot.
_STEP = 10_000
# The cells in common: whether the counting has begun, the last `seq` that was counted, the counts.
_HAS_BEGUN, _COUNTED = 0, 1
_CELLS = {
    sort: cell
    for cell, sort in enumerate(
        [
            *(("login", outcome) for outcome in OUTCOMES),
            *(("refresh", kind) for kind in KINDS),
            *(("end", reason) for reason in REASONS),
        ],
        start=2,
    )
}


class History:
    """The counts, which all workers have in common."""

    def __init__(self, share: Share) -> None:
        self._tally, self._cells = share.tally, share.common

    def begin(self, view: View) -> None:
        """Count from here on, unless another worker has begun."""
        if self._cells[_HAS_BEGUN]:
            return
        with self._tally.alone():
            if not self._cells[_HAS_BEGUN]:
                self._cells[_COUNTED] = feed.head(view).seq
                self._cells[_HAS_BEGUN] = 1

    def catch_up(self, store: Store) -> None:
        """Count what was written since the last time.

        Raises:
            StoreUnavailable: It cannot be read.
        """
        with self._tally.alone():
            last = store.read(feed.head).seq
            at = int(self._cells[_COUNTED])
            while at < last:
                self._count(store, at, min(at + _STEP, last))
                at = min(at + _STEP, last)
            # Also where that is less: another database was put in this one's place.
            self._cells[_COUNTED] = last

    def counts(self, what: str) -> Mapping[str, float]:
        """Return how often each sort of `login`, `refresh` or `end` was seen."""
        return {label: self._cells[cell] for (of, label), cell in _CELLS.items() if of == what}

    def _count(self, store: Store, after: int, through: int) -> None:
        for each in store.read(lambda view: measures.count_events(view, after, through)):
            cell = _CELLS.get(_sort(each))
            if cell is not None:
                self._cells[cell] += each.times
        self._cells[_COUNTED] = through


def _sort(happened: Happened) -> tuple[str, str]:
    match happened.type:
        case "login:success" | "login:failure" as type_:
            return "login", type_.removeprefix("login:")
        case "session:refresh" | "session:reuse":
            return "refresh", happened.kind or ""
        case "session:revoke" | "session:expired":
            return "end", happened.reason or ""
        case _:
            return "", ""
