"""What a worker counts of its own work, while it does it.

Counting is on the way of every request: a few cells of memory change, and nothing is looked up
but the template of the path. No label is made of anything that a client chose.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from protekt_cli.server.methods import KNOWN
from protekt_cli.server.tally import CELLS, Share

if TYPE_CHECKING:
    from protekt_cli.server.request import Request

#: Upper bounds of the buckets, in seconds; one more has none.
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: The route of a request that was refused before one was looked for, or that none fits.
NO_ROUTE = "none"
#: A method or a status that has no cell of its own.
OTHER = "other"

_METHODS = (*sorted(KNOWN), OTHER)
# 0: the connection broke off before there was a status.
_STATUSES = (
    *(0, 200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 421, 429),
    *(500, 501, 503),
)
_STATUS_NAMES = ("none", *(str(status) for status in _STATUSES[1:]), OTHER)
_STATUS_CELLS = {status: offset for offset, status in enumerate(_STATUSES)}
_OTHER_STATUS = len(_STATUSES)

# Of a pair of route and method: a cell for each status, the histogram of its durations.
_DURATIONS = _OTHER_STATUS + 1
_HISTOGRAM_WIDTH = 1 + len(BOUNDS) + 1
_PAIR_WIDTH = _DURATIONS + _HISTOGRAM_WIDTH
# Of a place: two levels, the histogram of writes, how often each pair was asked, and the pairs.
_HASHING, _STREAMS, _WRITES = 0, 1, 2
_ASKED = _WRITES + _HISTOGRAM_WIDTH


class Durations(NamedTuple):
    """A histogram: how many took no longer than each bound and longer than the one before."""

    counts: list[float]
    seconds: float


class Asked(NamedTuple):
    """What is known of the requests for one route by one method."""

    method: str
    route: str
    by_status: dict[str, float]
    durations: Durations


class Level:
    """How many there are just now: as many as was said, or one more inside of a `with` block."""

    def __init__(self, cells: memoryview[float], cell: int) -> None:
        self._cells, self._cell = cells, cell
        self.set(0)  # whoever had this place before has left nothing behind

    def set(self, count: int) -> None:
        self._cells[self._cell] = count

    def __enter__(self) -> None:
        self._cells[self._cell] += 1

    def __exit__(self, *_: object) -> None:
        self._cells[self._cell] -= 1


class Measures:
    """One worker's counting, and the sums over all of them."""

    def __init__(self, share: Share) -> None:
        self._own, self._tally = share.own, share.tally
        #: Passwords that are checked or wait for it, and event streams that are open.
        self.hashing = Level(share.own, _HASHING)
        self.streams = Level(share.own, _STREAMS)
        self._pairs: dict[tuple[str, str], int] = {}
        self.know(())

    def know(self, routes: Iterable[str]) -> None:
        """Count by these routes: the same in every worker, for all must agree on the cells."""
        pairs = [
            (method, route) for route in (NO_ROUTE, *sorted(set(routes))) for method in _METHODS
        ]
        if _ASKED + len(pairs) * (1 + _PAIR_WIDTH) > CELLS:
            raise AssertionError("there are more routes than cells")
        self._pairs = {pair: number for number, pair in enumerate(pairs)}
        self._first_pair = _ASKED + len(pairs)

    def observe(self, request: Request, status: int, seconds: float) -> None:
        """Count one request that was answered with *status* (0: not at all) after *seconds*."""
        number = self._pairs.get((request.method, request.route))
        if number is None:
            number = self._number_of(request.method, request.route)
        cells = self._own
        cells[_ASKED + number] += 1
        base = self._first_pair + number * _PAIR_WIDTH
        cells[base + _STATUS_CELLS.get(status, _OTHER_STATUS)] += 1
        base += _DURATIONS
        cells[base] += seconds
        cells[base + 1 + bisect_left(BOUNDS, seconds)] += 1

    def observe_write(self, seconds: float) -> None:
        """Count one write that was on disk, or given up, after *seconds*."""
        self._own[_WRITES] += seconds
        self._own[_WRITES + 1 + bisect_left(BOUNDS, seconds)] += 1

    def requests(self) -> Iterator[Asked]:
        """Return what all workers were asked so far."""
        for (method, route), number in self._pairs.items():
            if self._tally.total(_ASKED + number):
                base = self._first_pair + number * _PAIR_WIDTH
                counts = self._totals(base, len(_STATUS_NAMES))
                by_status = dict(zip(_STATUS_NAMES, counts, strict=True))
                yield Asked(method, route, by_status, self._durations(base + _DURATIONS))

    def writes(self) -> Durations:
        """Return how long the writes of all workers took."""
        return self._durations(_WRITES)

    def levels(self) -> tuple[float, float]:
        """Return how many passwords wait and how many streams are open, in all workers."""
        return self._tally.total(_HASHING), self._tally.total(_STREAMS)

    def _number_of(self, method: str, route: str) -> int:
        method = method if method in KNOWN else OTHER
        number = self._pairs.get((method, route))
        return self._pairs[method, NO_ROUTE] if number is None else number

    def _durations(self, base: int) -> Durations:
        seconds, *counts = self._totals(base, _HISTOGRAM_WIDTH)
        return Durations(counts, seconds)

    def _totals(self, base: int, count: int) -> list[float]:
        return [self._tally.total(cell) for cell in range(base, base + count)]
