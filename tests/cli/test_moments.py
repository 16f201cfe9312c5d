"""Times as people read them."""

from __future__ import annotations

import pytest

from protekt_cli.cli.moments import iso, seen_from

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
