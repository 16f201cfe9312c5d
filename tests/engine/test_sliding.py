"""The refresh deadline: who moves it, and refreshing where nothing is rotated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOUR, DAY = 3600, 24 * 3600
NOWHERE = Caller()
ROTATING = {"sessions.sliding_expiration": True}
RENEWING = {"sessions.sliding_expiration": True, "sessions.rotate_refresh_tokens": False}


def start_sliding(engine: Engine, person: Person) -> Grant:
    """Log in and ask for the session's refresh deadline to slide."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, person.email, NOWHERE))
    return engine.submit(
        lambda t: authentication.conclude(engine, t, attempt, NOWHERE, matched=True, sliding=True)
    )


@pytest.mark.parametrize("flags", [ROTATING, RENEWING], ids=["rotated", "renewed"])
def test_a_refresh_sets_the_deadline_anew_where_it_slides(
    install: Install,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    clock: HandClock,
    flags: dict[str, object],
) -> None:
    """For a session that began before it was switched on, too; the absolute one stays."""
    first = alice.login()
    engine = install(flags)
    clock.advance(HOUR)

    second = refresh(first.refresh_token, engine=engine).session

    assert second.refresh_expires_at == clock.now().seconds + 7 * DAY
    assert second.absolute_expires_at == first.session.absolute_expires_at
    assert stored(first) == second


@pytest.mark.parametrize("rotate", [True, False])
def test_a_session_slides_where_it_asked_for_it(
    install: Install, alice: Person, refresh: Refresh, clock: HandClock, rotate: bool
) -> None:
    """Beside others that do not."""
    engine = install({"sessions.rotate_refresh_tokens": rotate})
    asked, other = start_sliding(engine, alice), alice.login()
    clock.advance(HOUR)

    slid = refresh(asked.refresh_token, engine=engine).session
    fixed = refresh(other.refresh_token, engine=engine).session

    assert slid.refresh_expires_at == clock.now().seconds + 7 * DAY
    assert fixed.refresh_expires_at == other.session.refresh_expires_at


def test_nothing_but_a_refresh_of_the_current_token_moves_it(
    install: Install, alice: Person, refresh: Refresh, recorded: Recorded, clock: HandClock
) -> None:
    """Not a second tab, not a lost answer, not a validation."""
    engine = install(ROTATING)
    first = alice.login()
    second = refresh(first.refresh_token, engine=engine)

    for later in (9, 600):
        clock.advance(later)
        again = refresh(first.refresh_token, engine=engine)
        assert again.session.refresh_expires_at == second.session.refresh_expires_at
    found = validation.validate(engine, second.access_token).session

    assert found is not None
    assert found.refresh_expires_at == second.session.refresh_expires_at
    kinds = [event.data["kind"] for event in recorded("session:refresh")]
    assert kinds == ["rotated", "concurrent", "lost_answer"]


def test_a_sliding_session_ends_at_its_absolute_deadline(
    install: Install, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """However often it is refreshed; the last access token is cut there."""
    engine = install(ROTATING)
    grant = alice.login()
    began = clock.now().seconds
    while clock.now().seconds + DAY < began + 30 * DAY:
        clock.advance(DAY - 60)
        grant = refresh(grant.refresh_token, engine=engine)
    last = grant
    clock.advance(DAY - 60)

    with pytest.raises(InvalidToken) as caught:
        refresh(last.refresh_token, engine=engine)

    assert caught.value.end_reason == EndReason.ABSOLUTE_TIMEOUT
    assert last.session.refresh_expires_at > last.session.absolute_expires_at == began + 30 * DAY
    assert last.access_expires_at <= last.session.absolute_expires_at


def test_without_rotation_the_same_token_comes_back(
    install: Install,
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    clock: HandClock,
) -> None:
    """As often as it is presented, with a new access token, and never as reuse."""
    engine = install({"sessions.rotate_refresh_tokens": False})
    first = alice.login()

    renewed = []
    for later in (0, 1, 60, HOUR):
        clock.advance(later)
        renewed.append(refresh(first.refresh_token, engine=engine))

    assert {grant.refresh_token for grant in renewed} == {first.refresh_token}
    assert len({grant.access_token for grant in renewed}) == 4
    assert {grant.session.generation for grant in renewed} == {0}
    assert {grant.session.refresh_expires_at for grant in renewed} == {
        first.session.refresh_expires_at
    }
    assert renewed[-1].session.refreshed_at == clock.now().seconds
    assert renewed[-1].session.last_active_at == clock.now().seconds
    assert validation.validate(engine, renewed[-1].access_token).is_valid
    assert [event.data["kind"] for event in recorded("session:refresh")] == ["renewed"] * 4


def test_rotation_can_be_turned_off_in_a_living_session(
    install: Install, alice: Person, refresh: Refresh, recorded: Recorded, clock: HandClock
) -> None:
    """The current token stays; the ones before it are what they were."""
    first = alice.login()
    second = refresh(first.refresh_token)
    off = install({"sessions.rotate_refresh_tokens": False})

    concurrent = refresh(first.refresh_token, engine=off)
    renewed = refresh(second.refresh_token, engine=off)
    clock.advance(10)

    assert concurrent.refresh_token == renewed.refresh_token == second.refresh_token
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, engine=off)
    kinds = [event.data["kind"] for event in recorded("session:refresh")]
    assert kinds == ["rotated", "concurrent", "renewed"]


def test_rotation_can_be_turned_on_again(install: Install, alice: Person, refresh: Refresh) -> None:
    """The token that came back again and again rotates like any other."""
    off = install({"sessions.rotate_refresh_tokens": False})
    first = alice.login()
    refresh(first.refresh_token, engine=off)

    second = refresh(first.refresh_token)

    assert second.session.generation == 1
    assert not second.session.seen
    assert refresh(first.refresh_token).refresh_token == second.refresh_token


def test_without_rotation_a_dead_session_is_dead(
    install: Install, alice: Person, refresh: Refresh, revoke: Callable[..., object]
) -> None:
    """The token that stays the same dies with it."""
    off = install({"sessions.rotate_refresh_tokens": False})
    grant = alice.login()
    revoke(grant.session.id)

    with pytest.raises(InvalidToken) as caught:
        refresh(grant.refresh_token, engine=off)

    assert caught.value.reason == Reason.SESSION_REVOKED
