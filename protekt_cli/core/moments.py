"""Times as people write them, on a command line or in a query string. It reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from protekt_cli.durations import parse_duration

_UNIX_SECONDS = re.compile("[0-9]{1,13}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-")


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
