"""Pages of a list that is sorted by a key and by id: each begins behind the last row before it.

A page is found by its place in an index, never by how many rows come before it: it costs the same
wherever it is, and rows that come and go meanwhile shift no other out of it or into it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from protekt_cli.store.database import Row

T = TypeVar("T")


class Position(NamedTuple):
    """The row that a page ends with: its key, None where ids alone sort, and its id."""

    key: int | str | None
    id: str


class Page(NamedTuple, Generic[T]):
    items: list[T]
    #: Where the next page begins; None where this is the last.
    next: Position | None


class Order(NamedTuple):
    """How a list is sorted: by an expression, if any, and always by id."""

    key: str | None
    id: str
    is_descending: bool

    @property
    def clause(self) -> str:
        """What stands behind ORDER BY."""
        return self._by(self.key, self.id)

    def clause_over(self, name: str) -> str:
        """What stands there in a query over a named one of the same order, of `key` and `id`."""
        return self._by(self.key and f"{name}.key", f"{name}.id")

    def behind(self, after: Position | None) -> tuple[str, dict[str, Any]]:
        """Return the condition for the rows behind a position, and its parameters."""
        sign = "<" if self.is_descending else ">"
        if after is None:
            return "1", {}
        if self.key is None:
            return f"{self.id} {sign} :after_id", {"after_id": after.id}
        # The first term says nothing new: it lets SQLite see that an index of the key fits.
        return (
            f"{self.key} {sign}= :after_key"
            f" AND ({self.key}, {self.id}) {sign} (:after_key, :after_id)",
            {"after_key": after.key, "after_id": after.id},
        )

    def _by(self, *terms: str | None) -> str:
        direction = "DESC" if self.is_descending else "ASC"
        return ", ".join(f"{term} {direction}" for term in terms if term)


def page_of(rows: Sequence[Row], limit: int, read: Callable[[Row], T]) -> Page[T]:
    """Make a page of *limit* rows, of which one more was asked for; each ends with its key.

    The id comes first in a row, the sort key last; *read* makes a value of what is between.
    """
    items = [read(row[:-1]) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, Position(last[-1], last[0]) if last else None)
