"""A parent that comes back because its answer was lost: whom it is given to, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, RefreshReused
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOUR = 3600
DEVICE, OTHER = "dev_01m89p8egtf6krsajn10k33wyx", "dev_01m89p8egtf6krsajn10k33wyy"


def kinds(recorded: Recorded) -> list[object]:
    events = recorded("session:refresh") + recorded("session:reuse")
    return [event.data["kind"] for event in sorted(events, key=lambda event: event.seq)]


@pytest.mark.parametrize("later", [10, 11, HOUR - 1])
def test_a_lost_answer_is_given_again(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    clock: HandClock,
    later: int,
) -> None:
    """The same successor, with an access token of its own, until the window is over."""
    first = alice.login()
    lost = refresh(first.refresh_token)
    clock.advance(later)

    again = refresh(first.refresh_token)

    assert again.refresh_token == lost.refresh_token
    assert again.access_token != lost.access_token
    assert again.session.generation == 1
    assert validation.validate(engine, again.access_token).is_valid
    assert refresh(again.refresh_token).session.generation == 2
    assert kinds(recorded) == ["rotated", "lost_answer", "rotated"]


def test_the_window_is_exclusive(
    alice: Person, refresh: Refresh, recorded: Recorded, stored: Stored, clock: HandClock
) -> None:
    """In its last second it is over."""
    first = alice.login()
    refresh(first.refresh_token)
    clock.advance(HOUR)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)

    assert kinds(recorded) == ["rotated", "parent_reused"]
    assert stored(first).end_reason == EndReason.REUSE_DETECTED


def test_an_answer_is_lost_five_times_at_most(
    alice: Person, refresh: Refresh, recorded: Recorded, stored: Stored, clock: HandClock
) -> None:
    """The sixth is reuse, and the window counts from the rotation, not from the last answer."""
    first = alice.login()
    refresh(first.refresh_token)
    clock.advance(10)

    for _ in range(5):
        refresh(first.refresh_token)
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)

    assert kinds(recorded) == ["rotated", *["lost_answer"] * 5, "parent_reused"]
    assert stored(first).lost_answers == 5


def test_each_generation_may_lose_its_own(
    alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """What an earlier one lost does not count, nor does a second tab within the grace."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(10)
    for _ in range(5):
        refresh(first.refresh_token)

    refresh(second.refresh_token)
    for _ in range(9):
        refresh(second.refresh_token)
    clock.advance(10)
    for _ in range(5):
        refresh(second.refresh_token)

    assert stored(first).ended_at is None
    assert stored(first).lost_answers == 5


@pytest.mark.parametrize(
    ("rotation", "repeat", "is_same"),
    [
        (Caller(), Caller(), True),
        (Caller("192.0.2.1", "x", DEVICE), Caller("198.51.100.1", "y", DEVICE), True),
        (Caller("192.0.2.1", "x", DEVICE), Caller("192.0.2.1", "x", OTHER), False),
        (Caller("192.0.2.1", "x", DEVICE), Caller("192.0.2.1", "x"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.1", "x", DEVICE), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.99", "x"), True),
        (Caller("192.0.2.1", "x"), Caller("192.0.2.1", "y"), False),
        (Caller("192.0.2.1", "x"), Caller("192.0.3.1", "x"), False),
        (Caller("2001:db8:1::1", "x"), Caller("2001:db8:1:2::9", "x"), True),
        (Caller("2001:db8:1::1", "x"), Caller("2001:db8:2::1", "x"), False),
    ],
)
def test_a_lost_answer_goes_to_where_it_was_asked_for(
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    clock: HandClock,
    rotation: Caller,
    repeat: Caller,
    is_same: bool,
) -> None:
    """Not to where the login came from: the context is the rotation's."""
    first = alice.login(Caller("203.0.113.9", "z"))
    refresh(first.refresh_token, rotation)
    clock.advance(10)

    if is_same:
        assert refresh(first.refresh_token, repeat).session.generation == 1
    else:
        with pytest.raises(RefreshReused):
            refresh(first.refresh_token, repeat)

    assert kinds(recorded)[1] == ("lost_answer" if is_same else "parent_reused")


def test_repeating_does_not_move_the_context(
    alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """A second tab elsewhere, within the grace, does not become the one that may lose answers."""
    first = alice.login()
    refresh(first.refresh_token, Caller(user_agent="x"))
    refresh(first.refresh_token, Caller(user_agent="y"))
    clock.advance(10)

    assert refresh(first.refresh_token, Caller(user_agent="x")).session.generation == 1
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, Caller(user_agent="y"))


def test_without_a_window_no_answer_is_lost(
    install: Install, alice: Person, refresh: Refresh, recorded: Recorded, clock: HandClock
) -> None:
    """Only the grace is left."""
    windowless = install({"sessions.lost_answer_window": 0})
    first = alice.login()
    refresh(first.refresh_token, engine=windowless)
    clock.advance(9)
    refresh(first.refresh_token, engine=windowless)
    clock.advance(1)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, engine=windowless)

    assert kinds(recorded) == ["rotated", "concurrent", "parent_reused"]
