"""How durations are written and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.durations import LONGEST, format_duration, parse_duration

SECONDS = st.integers(min_value=0, max_value=LONGEST)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("7d", 604_800),
        ("1h30m", 5400),
        ("1d1h1m1s", 90_061),
        ("90", 90),
        ("0s", 0),
        (5400, 5400),
        (0, 0),
    ],
)
def test_a_duration_is_read_as_whole_seconds(written: object, seconds: int) -> None:
    """Units, plain digits and integers all name seconds."""
    read = parse_duration(written)

    assert read == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "d",
        "2w",
        "1.5h",
        "-5s",
        "+5s",
        " 5s",
        "5s\n",
        "1h 30m",
        "30m1h",
        "1h1h",
        "1H",
        "٣s",
        "9" * 5000,
        "9" * 5000 + "s",
        1.5,
        True,
        None,
        [],
        -1,
        LONGEST + 1,
        f"{LONGEST + 1}s",
    ],
)
def test_a_duration_is_refused_when_it_is_malformed_negative_or_endless(written: object) -> None:
    """What is no duration raises a sentence, never an error of Python's own."""
    with pytest.raises(ValueError, match="a duration is "):
        parse_duration(written)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0s"), (60, "1m"), (90, "1m30s"), (5400, "1h30m"), (86_400, "1d"), (604_800, "7d")],
)
def test_a_duration_is_written_with_its_largest_units(seconds: int, written: str) -> None:
    """Parts that are zero are left out."""
    assert format_duration(seconds) == written


def test_a_negative_duration_is_never_written() -> None:
    """Divided into units, a negative number would read as another, positive one."""
    with pytest.raises(ValueError, match="never negative"):
        format_duration(-1)


@given(SECONDS)
def test_a_written_duration_reads_back_as_itself(seconds: int) -> None:
    """Writing and reading lose nothing."""
    assert parse_duration(format_duration(seconds)) == seconds


@given(SECONDS)
def test_a_duration_in_plain_digits_is_its_seconds(seconds: int) -> None:
    """Text and integer agree."""
    assert parse_duration(str(seconds)) == parse_duration(seconds) == seconds


@given(SECONDS, SECONDS)
def test_two_durations_are_never_written_alike(one: int, other: int) -> None:
    """The written form tells any two durations apart."""
    assert (format_duration(one) == format_duration(other)) == (one == other)


@given(st.text())
def test_any_text_is_a_duration_or_a_clear_refusal(text: str) -> None:
    """Whatever is typed, the answer is seconds within bounds, or the one kind of error."""
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        seconds = 0 if str(error).startswith("a duration is ") else -1

    assert 0 <= seconds <= LONGEST


@given(st.from_regex(r"([0-9]{1,3}d)?([0-9]{1,3}h)?([0-9]{1,3}m)?[0-9]{1,3}s", fullmatch=True))
def test_any_sum_of_units_comes_to_the_same_when_written_anew(text: str) -> None:
    """A count beyond its unit (`90m`) is allowed, and carried over when written."""
    seconds = parse_duration(text)

    assert parse_duration(format_duration(seconds)) == seconds
