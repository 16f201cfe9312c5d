"""Durations in the bodies of requests."""

from __future__ import annotations

from protekt_cli.durations import parse_duration
from protekt_cli.errors import InvalidRequest


def seconds_of(member: str, written: str | int | None) -> int | None:
    """Return the duration that *member* was given; None where it was left out.

    Raises:
        InvalidRequest: It is no duration.
    """
    if written is None:
        return None
    try:
        return parse_duration(written)
    except ValueError as error:
        raise InvalidRequest(f"{member}: {error}") from None
