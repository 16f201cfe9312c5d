"""What all lists share: where they begin, the cut, and word of it where there is more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from protekt_cli.cli.invocation import Invocation
from protekt_cli.errors import Usage

T = TypeVar("T")


def cut(invocation: Invocation, found: Sequence[T], limit: int) -> Sequence[T]:
    """Return the first *limit* of what was found (0: all), and say so where there are more."""
    if not limit or len(found) <= limit:
        return found
    note_cut(invocation, limit)
    return found[:limit]


def note_cut(invocation: Invocation, limit: int) -> None:
    """Say that there are more than are shown."""
    invocation.note(f"note: there are more than these {limit}; --limit 0 shows all")


def since(text: str, now: int) -> int:
    """Return the time that `--since` names.

    Raises:
        Usage: It names none.
    """
    from protekt_cli.core.moments import parse_since

    try:
        return parse_since(text, now)
    except ValueError as error:
        raise Usage(f"--since {text} is not possible", hint=str(error)) from None
