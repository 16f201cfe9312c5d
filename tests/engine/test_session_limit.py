"""How many sessions a user may have: who goes where one more comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason
from protekt_cli.models import Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Stored = Callable[[Grant], Session]

DAY = 24 * 3600


@pytest.fixture
def engine(install: Install) -> Engine:
    """An installation that allows three sessions a user."""
    return install({"sessions.max_per_user": 3})


def issue(engine: Engine, person: Person) -> Grant:
    return engine.submit(
        lambda transaction: sessions.issue(
            engine,
            transaction,
            person.user,
            claims={},
            access_ttl=None,
            device_name=None,
            actor="cli",
        )
    )


def ended(stored: Stored, grants: list[Grant]) -> list[int]:
    """Return the places of those that ended for the limit."""
    reasons = [stored(grant).end_reason for grant in grants]
    assert set(reasons) <= {None, EndReason.SESSION_LIMIT}
    return [place for place, reason in enumerate(reasons) if reason]


def test_the_login_that_goes_over_the_limit_ends_one(
    engine: Engine, alice: Person, stored: Stored, recorded: Recorded, clock: HandClock
) -> None:
    """The least recently active one, at once, on record as the login's doing."""
    grants = []
    for _ in range(3):
        grants.append(alice.login())
        clock.advance(60)
    validation.validate(engine, grants[0].access_token)

    grants.append(alice.login())

    assert ended(stored, grants) == [1]
    assert stored(grants[1]).ended_at == clock.now().seconds
    [event] = recorded("session:revoke")
    assert (event.reason, event.actor, event.session_id) == (
        "session_limit",
        alice.id,
        grants[1].session.id,
    )


def test_of_equals_the_lower_id_goes(engine: Engine, alice: Person, stored: Stored) -> None:
    """As where all were last active in one second."""
    grants = [alice.login() for _ in range(3)]
    lowest = min(range(3), key=lambda place: grants[place].session.id)

    alice.login()

    assert ended(stored, grants) == [lowest]


def test_an_issued_session_counts_like_any(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """It ends one, and is ended in turn."""
    grants = []
    for _ in range(3):
        grants.append(issue(engine, alice))
        clock.advance(1)

    alice.login()
    issue(engine, alice)

    assert ended(stored, grants) == [0, 1]


def test_sessions_that_ended_leave_room(
    engine: Engine, alice: Person, stored: Stored, revoke: Callable[..., object], clock: HandClock
) -> None:
    """By revocation, or by a deadline whether or not that is on record."""
    grants = [alice.login(), alice.login(), alice.login()]
    revoke(grants[0].session.id)
    clock.advance(DAY)

    later = [alice.login() for _ in range(3)]

    assert ended(stored, [*grants[1:], *later]) == []


def test_a_limit_that_was_lowered_holds_from_the_next_login_on(
    install: Install, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """However many are too many by then."""
    grants = []
    for _ in range(3):
        grants.append(alice.login())
        clock.advance(1)
    strict = install({"sessions.max_per_user": 1})

    issue(strict, alice)

    assert ended(stored, grants) == [0, 1, 2]


def test_another_users_sessions_are_no_matter(
    engine: Engine, alice: Person, add_user: AddUser, stored: Stored
) -> None:
    """Each user has a limit of its own."""
    bob = add_user(engine, "bob@example.com", "a stone of flint")

    grants = [person.login() for person in (alice, bob) for _ in range(3)]

    assert ended(stored, grants) == []


def test_without_a_limit_none_ends(install: Install, alice: Person, stored: Stored) -> None:
    """Zero is no limit."""
    unlimited = install({"sessions.max_per_user": 0})

    grants = [issue(unlimited, alice) for _ in range(20)]

    assert ended(stored, grants) == []
