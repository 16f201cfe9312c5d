"""What events must have been written, and whether those that were written are they.

An expectation names what may be written where more than one thing is right, and whether nothing
may be. It knows no rule of sessions: the model tells it what to expect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

#: A type, and the kind or reason that comes with it.
Written = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Expected:
    """One event: any one of several may stand for it, or where it is optional none."""

    any_of: frozenset[Written]
    is_optional: bool = False


#: Events of one change: in any order among themselves, after those of the change before.
Change = Sequence[Expected]

_KINDED = ("session:refresh", "session:reuse", "session:mismatch")
_REASONED = ("session:revoke", "session:expired")


def one(type_: str, *details: str | None, optional: bool = False) -> Expected:
    """Expect an event of a type, with one of *details*."""
    return Expected(frozenset((type_, detail) for detail in details or (None,)), optional)


def written(event: dict[str, Any]) -> Written:
    """Return what an event says, as far as it is compared."""
    if event["type"] in _KINDED:
        return event["type"], event["data"]["kind"]
    return event["type"], event["reason"] if event["type"] in _REASONED else None


def unexplained(changes: Sequence[Change], events: Sequence[Written]) -> str | None:
    """Return what is wrong with *events*, or None where the changes explain all of them."""
    reached = {0}
    for number, change in enumerate(changes):
        following = {end for start in reached for end in _ends(change, events, start)}
        if not following:
            return (
                f"change {number} of {len(changes)} expects {_told(change)}, "
                f"but after {events[: max(reached)]} came {events[max(reached) :]}"
            )
        reached = following
    if len(events) not in reached:
        return f"nothing explains {events[max(reached) :]} after {events[: max(reached)]}"
    return None


def _ends(change: Change, events: Sequence[Written], start: int) -> Iterable[int]:
    required = sum(not expected.is_optional for expected in change)
    for length in range(required, len(change) + 1):
        taken = events[start : start + length]
        if len(taken) == length and any(
            all(event in expected.any_of for event, expected in zip(taken, chosen, strict=True))
            for chosen in permutations(change, length)
            if sum(not expected.is_optional for expected in chosen) == required
        ):
            yield start + length


def _told(change: Change) -> str:
    return " and ".join(
        "/".join(map(str, sorted(expected.any_of, key=str)))
        + (" perhaps" if expected.is_optional else "")
        for expected in change
    )
