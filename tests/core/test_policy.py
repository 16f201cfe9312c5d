"""When a session lives, why it does not, and what using it moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.core import policy
from protekt_cli.core.policy import Expiry, Lifetimes
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Session, SessionStatus

MakeSession = Callable[..., Session]

IDLE, REFRESH, ABSOLUTE = (
    EndReason.IDLE_TIMEOUT,
    EndReason.REFRESH_EXPIRED,
    EndReason.ABSOLUTE_TIMEOUT,
)


@pytest.mark.parametrize(
    ("idle", "refresh", "absolute", "at", "reason"),
    [
        (1100, 2000, 3000, 1100, IDLE),
        (2100, 2000, 3000, 2000, REFRESH),
        (3100, 3200, 3000, 3000, ABSOLUTE),
        (2000, 2000, 3000, 2000, REFRESH),
        (3000, 4000, 3000, 3000, ABSOLUTE),
        (4000, 3000, 3000, 3000, ABSOLUTE),
        (3000, 3000, 3000, 3000, ABSOLUTE),
    ],
)
def test_the_earliest_deadline_ends_a_session(
    make_session: MakeSession, idle: int, refresh: int, absolute: int, at: int, reason: EndReason
) -> None:
    """Of equal ones absolute is named before refresh, and refresh before idle."""
    session = make_session(
        idle_expires_at=idle, refresh_expires_at=refresh, absolute_expires_at=absolute
    )

    end = policy.end_of(session, 9999)

    assert end == Expiry(at, reason)


@pytest.mark.parametrize(
    ("now", "status", "refusal"),
    [
        (999, SessionStatus.ACTIVE, None),
        (1099, SessionStatus.ACTIVE, None),
        (1100, SessionStatus.EXPIRED, (Reason.SESSION_EXPIRED, IDLE)),
        (1101, SessionStatus.EXPIRED, (Reason.SESSION_EXPIRED, IDLE)),
    ],
)
def test_a_deadline_is_exclusive(
    make_session: MakeSession,
    now: int,
    status: SessionStatus,
    refusal: tuple[Reason, EndReason] | None,
) -> None:
    """At the very second of the deadline it is over; a second before it is not."""
    session = make_session()

    judged = policy.status(session, now), policy.refusal(session, now)

    assert judged == (status, refusal)


@pytest.mark.parametrize("reason", list(EndReason))
def test_a_recorded_end_is_final(make_session: MakeSession, reason: EndReason) -> None:
    """No clock, stepped back or forward, changes how a session has ended."""
    session = make_session(ended_at=1050, end_reason=reason)
    expired = reason in {IDLE, REFRESH, ABSOLUTE}

    for now in (0, 1049, 1050, 9999):
        end, status = policy.end_of(session, now), policy.status(session, now)
        refusal = policy.refusal(session, now)

        assert end == Expiry(1050, reason)
        assert status == (SessionStatus.EXPIRED if expired else SessionStatus.REVOKED)
        assert refusal == (Reason.SESSION_EXPIRED if expired else Reason.SESSION_REVOKED, reason)
        assert policy.struck(session, now) is None


def test_expires_at_is_the_deadline_to_come(make_session: MakeSession) -> None:
    """The earliest of a living or revoked session, the one that struck of an expired one."""
    living = make_session()
    expired = make_session(
        ended_at=1100, end_reason=IDLE, idle_expires_at=1500, absolute_expires_at=1090
    )
    revoked = make_session(ended_at=1050, end_reason=EndReason.LOGOUT)

    shown = [policy.expires_at(session) for session in (living, expired, revoked)]

    assert shown == [1100, 1100, 1100]


@pytest.mark.parametrize(
    ("now", "resolution", "written"),
    [
        (1000, 10, None),  # nothing followed the login: exact
        (1001, 10, 1111),
        (1000, 0, None),
        (1001, 0, 1101),
        (1099, 10, 1209),
    ],
)
def test_a_use_writes_the_idle_deadline_only_to_move_it(
    make_session: MakeSession, lifetimes: Lifetimes, now: int, resolution: int, written: int | None
) -> None:
    """It is written up to `activity_resolution` further than the use alone would put it."""
    session = make_session()
    configured = replace(lifetimes, activity_resolution=resolution)

    moved = policy.idle_after_use(session, now, configured)

    assert moved == written


def test_a_shorter_idle_timeout_holds_from_the_next_use_on(
    make_session: MakeSession, lifetimes: Lifetimes
) -> None:
    """A deadline that was set by an older setting does not outlive the next use."""
    session = make_session(idle_expires_at=5000)

    moved = policy.idle_after_use(session, 1050, lifetimes)

    assert moved == 1050 + lifetimes.idle + lifetimes.activity_resolution


@given(
    gaps=st.lists(st.integers(min_value=0, max_value=100), max_size=60),
    resolution=st.integers(min_value=0, max_value=99),
)
def test_a_session_in_use_never_ends_by_idling(
    make_session: MakeSession, lifetimes: Lifetimes, gaps: list[int], resolution: int
) -> None:
    """Used before each `idle_timeout` is over it lives, unused for longer it does not."""
    configured = replace(lifetimes, activity_resolution=resolution)
    session = make_session(refresh_expires_at=10**6, absolute_expires_at=10**6)
    now = session.created_at

    for gap in gaps:
        now += min(gap, configured.idle - 1)
        assert policy.status(session, now) is SessionStatus.ACTIVE
        moved = policy.idle_after_use(session, now, configured)
        session = replace(session, idle_expires_at=moved or session.idle_expires_at)

        slack = session.idle_expires_at - (now + configured.idle)
        assert 0 <= slack <= resolution
    after = policy.status(session, now + configured.idle + resolution)

    assert after == SessionStatus.EXPIRED


@given(
    gaps=st.lists(st.integers(min_value=1, max_value=30), max_size=60),
    resolution=st.integers(min_value=0, max_value=99),
)
def test_activity_is_written_once_in_its_resolution(
    make_session: MakeSession, lifetimes: Lifetimes, gaps: list[int], resolution: int
) -> None:
    """However often a session is used, two writes are further apart than the resolution."""
    configured = replace(lifetimes, activity_resolution=resolution)
    session, now, writes = make_session(), 1000, []

    for gap in gaps:
        now += gap
        moved = policy.idle_after_use(session, now, configured)
        if moved is not None:
            session = replace(session, idle_expires_at=moved)
            writes.append(now)

    assert all(later - earlier > resolution for earlier, later in pairwise(writes))
