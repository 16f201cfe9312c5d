"""How a length of time is written: `90s`, `15m`, `1h30m`, `7d`, or whole seconds.

Settings, flags and request bodies all read and write durations through this module. It never
reads a clock, and knows no unit whose length depends on a calendar.
"""

from __future__ import annotations

import re

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: A hundred years: far beyond every use, and a deadline that far away still fits any store.
LONGEST = 36_500 * DAY

_UNITS = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1))
_FORM = re.compile("(?=.)" + "".join(f"(?:([0-9]+){unit})?" for unit, _ in _UNITS))
_DIGITS = re.compile("[0-9]+")
# Python refuses to read integers of thousands of digits, with a message of its own.
_MOST_CHARACTERS = 64


def parse_duration(written: object) -> int:
    """
    Read a duration as whole seconds.

    An integer, and a text of plain digits, are seconds. Units go from the largest to the
    smallest, each at most once.

    Raises:
        ValueError: It is no duration, is negative, or is longer than `LONGEST`.
    """
    if isinstance(written, str) and len(written) <= _MOST_CHARACTERS:
        seconds = _read(written)
    elif isinstance(written, int) and not isinstance(written, bool):
        seconds = written
    else:
        seconds = None
    if seconds is None:
        raise ValueError("a duration is written as 90s, 15m, 1h30m or 7d, or as whole seconds")
    if seconds < 0:
        raise ValueError("a duration is never negative")
    if seconds > LONGEST:
        raise ValueError(f"a duration is at most {format_duration(LONGEST)}")
    return seconds


def format_duration(seconds: int) -> str:
    """
    Write whole seconds with the largest units that fit, exactly: 5400 is `1h30m`.

    Raises:
        ValueError: It is negative.
    """
    if seconds < 0:
        raise ValueError("a duration is never negative")
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _read(text: str) -> int | None:
    if _DIGITS.fullmatch(text):
        return int(text)
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    counts = zip(found.groups(default="0"), _UNITS, strict=True)
    return sum(int(count) * length for count, (_, length) in counts)
