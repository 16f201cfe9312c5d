"""Which events a list is about, in SQL: such that each filter has an index that it goes by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from protekt_cli.store.database import View

# Steps from type to type in their index.
_LIST_TYPES = """
WITH RECURSIVE found (type) AS (
    SELECT min(type) FROM events
    UNION ALL
    SELECT (SELECT min(type) FROM events WHERE type > found.type) FROM found
    WHERE found.type IS NOT NULL
)
SELECT type FROM found WHERE type GLOB :pattern
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events: all that is given must hold."""

    #: A type, or a pattern in which `*` stands for any text.
    type: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    #: Written at this time or later.
    since: int | None = None

    @property
    def is_pattern(self) -> bool:
        return self.type is not None and "*" in self.type

    @property
    def is_about_somebody(self) -> bool:
        return self.user_id is not None or self.session_id is not None


EVERYTHING = Filter()


def condition_of(wanted: Filter) -> tuple[str, dict[str, Any]]:
    terms = ["1"]
    parameters: dict[str, Any] = {}
    if wanted.type is not None:
        # The sign keeps SQLite from the index of types where another one fits better.
        sign = "+" if wanted.is_pattern or wanted.is_about_somebody else ""
        terms.append(f"{sign}type {'GLOB' if wanted.is_pattern else '='} :type")
        parameters["type"] = _glob(wanted.type) if wanted.is_pattern else wanted.type
    if wanted.user_id is not None:
        terms.append("user_id = :user_id")
        parameters["user_id"] = wanted.user_id
    if wanted.session_id is not None:
        terms.append("session_id = :session_id")
        parameters["session_id"] = wanted.session_id
    if wanted.since is not None:
        # Nothing before the first of them is looked at; a clock may have stepped back since.
        terms.append(
            "seq >= (SELECT min(seq) FROM events INDEXED BY events_by_at WHERE at >= :since)"
        )
        terms.append("+at >= :since")
        parameters["since"] = wanted.since
    return " AND ".join(terms), parameters


def by_type(view: View, wanted: Filter) -> list[Filter]:
    """Split a filter by a pattern into one for each type there is, which all have their index."""
    if not wanted.is_pattern or wanted.is_about_somebody:
        return [wanted]
    rows = view.rows(_LIST_TYPES, {"pattern": _glob(wanted.type or "")})
    return [replace(wanted, type=type_) for (type_,) in rows]


def _glob(pattern: str) -> str:
    """Return a pattern in which only `*` means something."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
