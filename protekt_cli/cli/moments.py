"""Times as people read them. It reads no clock: `now` is given to it."""

from __future__ import annotations

from datetime import UTC, datetime

from protekt_cli.durations import DAY, HOUR, MINUTE

#: Each unit, its name, and the one below it.
_UNITS = ((DAY, "day", HOUR), (HOUR, "hour", MINUTE), (MINUTE, "minute", 1), (1, "second", 1))


def iso(at: float) -> str:
    """Return a time in ISO 8601 (UTC), or the bare number where it is in no calendar."""
    try:
        return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(at)


def length(seconds: float) -> str:
    """Return a length of time in words, to the nearest of its greatest unit: `3 hours`.

    What is a second short of an hour is an hour, and not 59 minutes.
    """
    seconds = int(seconds)
    for unit, name, smaller in _UNITS:
        if _nearest(seconds, smaller) * smaller >= unit:
            count = _nearest(seconds, unit)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "0 seconds"


def seen_from(at: float, now: int) -> str:
    """Return how far a time is from *now*: `in 3 hours`, `5 minutes ago`."""
    if int(at) == now:
        return "now"
    return f"in {length(at - now)}" if at > now else f"{length(now - at)} ago"


def _nearest(seconds: int, unit: int) -> int:
    """Return how many units that is; a half counts as a whole one."""
    return (2 * seconds + unit) // (2 * unit)
