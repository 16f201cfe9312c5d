"""How long an access token is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from protekt_cli.core import policy
from protekt_cli.core.policy import Lifetimes, Presented
from protekt_cli.errors import Reason
from protekt_cli.models import Caller, Session, SessionStatus

MakeSession = Callable[..., Session]


@pytest.mark.parametrize(
    ("now", "ttl", "expires"),
    [(1000, 60, 1060), (1990, 60, 2000), (1000, 5000, 2000)],
)
def test_an_access_token_dies_with_the_refresh_deadline(
    make_session: MakeSession, now: int, ttl: int, expires: int
) -> None:
    """It never outlives what would renew it."""
    assert expires == policy.access_expires_at(make_session(), now, ttl)


def test_an_access_token_dies_with_the_absolute_deadline(make_session: MakeSession) -> None:
    """Whatever the refresh deadline says; the idle deadline cuts nothing, for it moves."""
    session = make_session(refresh_expires_at=4000, idle_expires_at=1001)

    expires = policy.access_expires_at(session, 1000, 9999)

    assert expires == 3000


@pytest.mark.parametrize(
    ("now", "leeway", "reason"),
    [
        (99, 0, Reason.NOT_YET_VALID),
        (100, 0, None),
        (199, 0, None),
        (200, 0, Reason.TOKEN_EXPIRED),
        (94, 5, Reason.NOT_YET_VALID),
        (95, 5, None),
        (204, 5, None),
        (205, 5, Reason.TOKEN_EXPIRED),
    ],
)
def test_a_token_is_good_from_its_beginning_to_before_its_end(
    now: int, leeway: int, reason: Reason | None
) -> None:
    """Leeway widens both sides, and the end stays exclusive."""
    judged = policy.judge_times(100, 200, now, leeway)

    assert judged == reason


def test_leeway_gives_no_session_a_second_more(
    make_session: MakeSession, lifetimes: Lifetimes
) -> None:
    """It is about tokens alone: deadlines and the grace of a refresh do not know it."""
    generous = replace(lifetimes, leeway=3600)
    rotated = make_session(generation=1, rotated_at=1000)

    judged = (
        policy.status(rotated, 1100),
        policy.judge_refresh(rotated, 0, Caller(), 1010, generous),
    )

    assert judged == (SessionStatus.EXPIRED, Presented.PARENT_REUSED)
