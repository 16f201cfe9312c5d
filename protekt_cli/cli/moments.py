"""Times as people read and write them. It reads no clock: `now` is given to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from protekt_cli.durations import DAY, HOUR, MINUTE, parse_duration

_UNIX_SECONDS = re.compile("[0-9]{1,13}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-")
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))


def iso(at: float) -> str:
    """Return a time in ISO 8601 (UTC), or the bare number where it is in no calendar."""
    try:
        return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(at)


def length(seconds: float) -> str:
    """Return a length of time in words, in its greatest unit: `3 hours`."""
    seconds = int(seconds)
    for unit, name in _UNITS:
        count = seconds // unit
        if count:
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "0 seconds"


def seen_from(at: float, now: int) -> str:
    """Return how far a time is from *now*: `in 3 hours`, `5 minutes ago`."""
    if int(at) == now:
        return "now"
    return f"in {length(at - now)}" if at > now else f"{length(now - at)} ago"


def parse_since(text: str, now: int) -> int:
    """Read the time that a list begins at: Unix seconds, ISO 8601, or a duration ago.

    Raises:
        ValueError: It is none of them.
    """
    if _UNIX_SECONDS.fullmatch(text):
        return int(text)
    try:
        return _date(text) if _DATE.match(text) else now - parse_duration(text)
    except ValueError:
        raise ValueError(
            "a time is written as 2027-01-15T08:00:00Z, as Unix seconds, or as a"
            " duration ago, like 7d"
        ) from None


def _date(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
