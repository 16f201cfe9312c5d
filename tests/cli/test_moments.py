"""Times as people read them."""

from __future__ import annotations

import pytest

from protekt_cli.cli.moments import iso, length, seen_from

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
        (-7200, "2 hours ago"),
        (86_400 * 3 + 5, "in 3 days"),
        (10**18, "in 11574074074074 days"),
    ],
)
def test_distance_is_said_in_its_greatest_unit(distance: int, expected: str) -> None:
    """Forward and back, one and several."""
    assert expected == seen_from(NOW + distance, NOW)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"),
        (0.9, "0 seconds"),
        (89, "1 minute"),
        (90, "2 minutes"),
        (3569, "59 minutes"),
        (3570, "1 hour"),
        (3599, "1 hour"),
        (5399, "1 hour"),
        (5400, "2 hours"),
        (7199, "2 hours"),
        (84_599, "23 hours"),
        (84_600, "1 day"),
        (86_400 * 90 - 1, "90 days"),
        (86_400 * 89 + 43_199, "89 days"),
    ],
)
def test_length_is_the_nearest(seconds: float, expected: str) -> None:
    """What has just begun is as long as it is called: a fresh hour is no 59 minutes."""
    assert expected == length(seconds)
