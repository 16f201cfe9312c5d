"""Times as people write them."""

from __future__ import annotations

import pytest

from protekt_cli.core.moments import parse_since

NOW = 1_800_000_000


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
