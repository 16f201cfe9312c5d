"""What a genuine refresh token deserves: each row of the table, to the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.core import policy
from protekt_cli.core.policy import Lifetimes, Presented
from protekt_cli.models import Caller, Session

MakeSession = Callable[..., Session]

#: Where the rotation was asked for, and where else one may be.
HERE = Caller("192.0.2.7", "curl/8", "dev_here")
ELSEWHERE = Caller("198.51.100.7", "curl/9", "dev_elsewhere")


@pytest.fixture(scope="module")
def windowed(lifetimes: Lifetimes) -> Lifetimes:
    """A grace of 10 seconds in a window of 60."""
    return replace(lifetimes, lost_answer_window=60)


@pytest.mark.parametrize(
    ("generation", "now", "presented"),
    [
        (6, 1000, Presented.NEVER_ISSUED),
        (6, 1099, Presented.NEVER_ISSUED),
        (5, 1000, Presented.CURRENT),
        (5, 1099, Presented.CURRENT),
        (4, 1000, Presented.CONCURRENT),
        (4, 1009, Presented.CONCURRENT),
        (4, 1010, Presented.LOST_ANSWER),
        (4, 1059, Presented.LOST_ANSWER),
        (4, 1060, Presented.PARENT_REUSED),
        (3, 1000, Presented.ANCESTOR_REUSED),
        (3, 1030, Presented.ANCESTOR_REUSED),
        (0, 1000, Presented.ANCESTOR_REUSED),
    ],
)
def test_a_refresh_token_is_judged_by_its_generation(
    make_session: MakeSession, windowed: Lifetimes, generation: int, now: int, presented: Presented
) -> None:
    """The session is in its fifth since second 1000; both ends are exclusive."""
    session = make_session(generation=5, rotated_at=1000, rotated_by=HERE)

    judged = policy.judge_refresh(session, generation, HERE, now, windowed)

    assert judged == presented


@pytest.mark.parametrize(
    ("changes", "caller", "presented"),
    [
        ({}, HERE, Presented.LOST_ANSWER),
        ({"seen": True}, HERE, Presented.PARENT_REUSED),
        ({}, ELSEWHERE, Presented.PARENT_REUSED),
        ({"lost_answers": 4}, HERE, Presented.LOST_ANSWER),
        ({"lost_answers": 5}, HERE, Presented.PARENT_REUSED),
    ],
)
def test_an_answer_is_lost_only_where_nobody_has_it(
    make_session: MakeSession,
    windowed: Lifetimes,
    changes: dict[str, object],
    caller: Caller,
    presented: Presented,
) -> None:
    """The successor never seen, asked for from one place, and five times at most."""
    session = make_session(generation=1, rotated_at=1000, rotated_by=HERE, **changes)

    judged = policy.judge_refresh(session, 0, caller, 1030, windowed)

    assert judged == presented


@pytest.mark.parametrize("changes", [{"seen": True}, {"lost_answers": 5}])
def test_the_grace_asks_for_nothing(
    make_session: MakeSession, windowed: Lifetimes, changes: dict[str, object]
) -> None:
    """A second tab may be anywhere, and may come after the first one's tokens were seen."""
    session = make_session(generation=1, rotated_at=1000, rotated_by=HERE, **changes)

    judged = policy.judge_refresh(session, 0, ELSEWHERE, 1009, windowed)

    assert judged == Presented.CONCURRENT


@given(since=st.integers(min_value=-4000, max_value=4000))
def test_without_grace_and_window_every_second_presentation_is_reuse(
    make_session: MakeSession, lifetimes: Lifetimes, since: int
) -> None:
    """In the second of the rotation too, and by a clock that stepped back before it."""
    session = make_session(generation=1, rotated_at=1000, rotated_by=HERE)
    strict = replace(lifetimes, reuse_grace=0, lost_answer_window=0)

    judged = policy.judge_refresh(session, 0, HERE, 1000 + since, strict)

    assert judged == Presented.PARENT_REUSED


def test_a_window_without_a_grace_begins_at_once(
    make_session: MakeSession, windowed: Lifetimes
) -> None:
    """And asks in the second of the rotation what it asks later."""
    session = make_session(generation=1, rotated_at=1000, rotated_by=HERE)
    no_grace = replace(windowed, reuse_grace=0)

    judged = [policy.judge_refresh(session, 0, each, 1000, no_grace) for each in (HERE, ELSEWHERE)]

    assert judged == [Presented.LOST_ANSWER, Presented.PARENT_REUSED]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Caller(), Caller(), True),
        (Caller(device_id="a"), Caller(device_id="a"), True),
        (Caller("192.0.2.1", "x", "a"), Caller("198.51.100.1", "y", "a"), True),
        (Caller("192.0.2.1", "x", "a"), Caller("192.0.2.1", "x", "b"), False),
        (Caller("192.0.2.1", "x", "a"), Caller("192.0.2.1", "x"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.1", "x", "b"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.254", "x"), True),
        (Caller("192.0.2.1", "x"), Caller("192.0.3.1", "x"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.1", "y"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.1", None), False),
        (Caller("192.0.2.1", "x"), Caller(None, "x"), False),
        (Caller(None, "x"), Caller(None, "x"), True),
        (Caller("2001:db8:1:2::1"), Caller("2001:db8:1:ffff::2"), True),
        (Caller("2001:db8:1::1"), Caller("2001:db8:2::1"), False),
        (Caller("192.0.2.1"), Caller("2001:db8:1::1"), False),
    ],
)
def test_two_requests_come_from_one_place_or_not(one: Caller, other: Caller, same: bool) -> None:
    """By the device that they name; where neither does, by user agent and network."""
    assert policy.is_same_context(one, other) == same
    assert policy.is_same_context(other, one) == same


@pytest.mark.parametrize(
    ("asked_for", "configured", "slides"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_a_session_slides_where_it_or_the_settings_say_so(
    make_session: MakeSession, lifetimes: Lifetimes, asked_for: bool, configured: bool, slides: bool
) -> None:
    """It asked for it at login, or it is on when it refreshes."""
    session = make_session(sliding=asked_for)

    assert policy.slides(session, replace(lifetimes, sliding=configured)) == slides
