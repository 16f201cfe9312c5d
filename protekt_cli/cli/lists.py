"""What all lists share: the cut, and word of it where there is more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from protekt_cli.cli.invocation import Invocation

T = TypeVar("T")


def cut(invocation: Invocation, found: Sequence[T], limit: int) -> Sequence[T]:
    """Return the first *limit* of what was found (0: all), and say so where there are more."""
    if not limit or len(found) <= limit:
        return found
    invocation.note(f"note: there are more than these {limit}; --limit 0 shows all")
    return found[:limit]
