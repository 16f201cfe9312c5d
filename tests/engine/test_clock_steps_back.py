"""A clock that was set back: it revives nothing, and lets nobody in who was out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import ids
from protekt_cli.engine import validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused
from protekt_cli.models import Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOUR, DAY = 3600, 24 * 3600


def test_an_expiry_that_was_found_is_final(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    recorded: Recorded,
    clock: HandClock,
) -> None:
    """By a validation or a refresh, whatever the clock says afterwards."""
    validated, refreshed = alice.login(), alice.login()
    clock.advance(DAY)
    validation.validate(engine, validated.access_token)
    with pytest.raises(InvalidToken):
        refresh(refreshed.refresh_token)

    clock.advance(-DAY + 60)

    for grant in (validated, refreshed):
        found = validation.validate(engine, grant.access_token)
        with pytest.raises(InvalidToken) as caught:
            refresh(grant.refresh_token)
        assert (found.reason, found.end_reason) == (Reason.SESSION_EXPIRED, EndReason.IDLE_TIMEOUT)
        assert caught.value.end_reason == EndReason.IDLE_TIMEOUT
        assert stored(grant).ended_at == grant.session.created_at + DAY
    assert len(recorded("session:expired")) == 2


def test_a_revocation_is_final(
    engine: Engine, alice: Person, revoke: Callable[..., object], clock: HandClock
) -> None:
    """Also at a moment before it."""
    grant = alice.login()
    clock.advance(60)
    revoke(grant.session.id)

    clock.advance(-30)

    found = validation.validate(engine, grant.access_token)
    assert (found.reason, found.end_reason) == (Reason.SESSION_REVOKED, EndReason.REVOKED)


def test_a_clock_that_steps_back_a_little_keeps_the_grace(
    alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """A second tab is one also where the clock was put right between the two."""
    first = alice.login()
    clock.advance(HOUR)
    second = refresh(first.refresh_token)

    clock.advance(-5)

    assert refresh(first.refresh_token).refresh_token == second.refresh_token


def test_a_clock_that_steps_back_far_makes_no_grace(
    alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """However far the clock is behind, a parent from outside the windows is reuse."""
    first = alice.login()
    clock.advance(3 * HOUR)
    refresh(first.refresh_token)

    clock.advance(-2 * HOUR)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)


def test_where_there_is_no_grace_a_clock_makes_none(
    install: Install, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """The second presentation is reuse, at a moment before the first one too."""
    strict = install({"sessions.reuse_grace": 0, "sessions.lost_answer_window": 0})
    first = alice.login()
    clock.advance(60)
    refresh(first.refresh_token, engine=strict)

    clock.advance(-30)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, engine=strict)
    assert stored(first).end_reason == EndReason.REUSE_DETECTED


def test_a_session_goes_on_by_the_clock_there_is(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Its idle deadline is as far from the last use as ever; the absolute one does not move."""
    grant = alice.login()
    clock.advance(12 * HOUR)
    grant = refresh(grant.refresh_token)

    clock.advance(-6 * HOUR)
    renewed = refresh(grant.refresh_token)

    now = clock.now().seconds
    assert now + DAY <= stored(grant).idle_expires_at <= now + DAY + 60
    assert stored(grant).absolute_expires_at == grant.session.absolute_expires_at
    assert renewed.access_expires_at == now + HOUR
    assert validation.validate(engine, renewed.access_token).is_valid


def test_events_stay_in_order(alice: Person, recorded: Recorded, clock: HandClock) -> None:
    """By their numbers, whatever times they bear."""
    alice.login()
    clock.advance(-HOUR)
    alice.login()

    events = recorded()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].at == events[0].at - HOUR
    assert all(ids.is_id(ids.Prefix.EVENT, event.id) for event in events)
