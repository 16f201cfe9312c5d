"""Times as people read them. It reads no clock: `now` is given to it."""

from __future__ import annotations

from datetime import UTC, datetime

from protekt_cli.durations import DAY, HOUR, MINUTE

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
