"""Times as people read and write them."""

from __future__ import annotations

import pytest

from protekt_cli.cli.moments import iso, parse_since, seen_from

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW, "2027-01-15T08:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (10**30, str(10**30)),
        (-(10**30), str(-(10**30))),
    ],
)
def test_iso_writes_what_is_in_the_calendar(at: int, expected: str) -> None:
    """UTC, and the bare number where no calendar reaches."""
    assert expected == iso(at)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0, "now"),
        (1, "in 1 second"),
        (-1, "1 second ago"),
        (59, "in 59 seconds"),
        (60, "in 1 minute"),
        (-7199, "1 hour ago"),
        (-7200, "2 hours ago"),
        (86_400 * 3 + 5, "in 3 days"),
    ],
)
def test_distance_is_said_in_its_greatest_unit(distance: int, expected: str) -> None:
    """Forward and back, one and several."""
    assert expected == seen_from(NOW + distance, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1800000000", NOW),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T09:00:00+01:00", NOW),
        ("2027-01-15T08:00:00", NOW),
        ("2027-01-15", NOW - 8 * 3600),
        ("15m", NOW - 900),
        ("7d", NOW - 7 * 86_400),
    ],
)
def test_since_is_a_time_or_a_duration_ago(text: str, expected: int) -> None:
    """Unix seconds, ISO 8601 (UTC where it does not say), or how long ago."""
    assert expected == parse_since(text, NOW)


@pytest.mark.parametrize("text", ["", "yesterday", "-5", "7w", "2027-13-01", "1" * 40, "١٢"])
def test_since_that_is_no_time_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="a time is written as"):
        parse_since(text, NOW)
