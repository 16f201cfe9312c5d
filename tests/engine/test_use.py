"""What a use of a session leaves behind, and what it does where the store is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason, StoreUnavailable
from protekt_cli.models import Caller, Grant, Session, Validation

if TYPE_CHECKING:
    from tests.conftest import HandClock, HoldLock, Install, Person

Stored = Callable[[Grant], Session]

DAY = 24 * 3600
NOWHERE = Caller()


def validate(engine: Engine, grant: Grant) -> Validation:
    return validation.validate(engine, grant.access_token)


def look(engine: Engine, grant: Grant) -> Validation:
    seen = engine.read(lambda view: validation.look(engine, view, grant.access_token))
    return seen.validation


def test_looking_writes_nothing(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """A look at a token is no use of its session, and ends nothing."""
    grant = alice.login()

    clock.advance(600)
    live = look(engine, grant)
    clock.advance(DAY)
    dead = look(engine, grant)

    assert (live.reason, dead.reason) == (None, Reason.TOKEN_EXPIRED)
    assert stored(grant) == grant.session


def test_use_moves_the_idle_deadline(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """And `lastActiveAt` with it, in the answer as on disk; the others stay."""
    grant = alice.login()
    clock.advance(600)

    validation = validate(engine, grant)

    session, now = stored(grant), clock.now().seconds
    assert validation.session == session
    assert session.last_active_at == now
    assert now + DAY <= session.idle_expires_at <= now + DAY + 60
    assert session.refresh_expires_at == grant.session.refresh_expires_at
    assert session.absolute_expires_at == grant.session.absolute_expires_at


def test_use_is_written_once_a_minute(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """However often it happens: `activity_resolution` is 60 s."""
    grant = alice.login()
    seen = set()

    for _ in range(600):
        clock.advance(1)
        assert validate(engine, grant).is_valid
        seen.add(stored(grant).last_active_at)

    assert 9 <= len(seen) <= 10


def test_use_is_exact_without_a_resolution(
    install: Install, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """With 0 every second of use is written."""
    engine = install({"sessions.activity_resolution": 0})
    grant = alice.login()

    for _ in range(3):
        clock.advance(1)
        validate(engine, grant)

        assert stored(grant).last_active_at == clock.now().seconds
        assert stored(grant).idle_expires_at == clock.now().seconds + DAY


def test_a_session_in_use_outlives_its_idle_timeout(
    install: Install, alice: Person, clock: HandClock
) -> None:
    """Used just in time again and again; left alone it ends."""
    engine = install({"sessions.idle_timeout": "5m"})
    grant = authentication.login(engine, alice.email, alice.password, NOWHERE)

    for _ in range(5):
        clock.advance(299)
        assert validate(engine, grant).is_valid
    clock.advance(300 + 60)

    assert validate(engine, grant) == Validation(Reason.SESSION_EXPIRED, EndReason.IDLE_TIMEOUT)


@pytest.mark.usefixtures("no_patience")
def test_a_busy_store_fails_no_use(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock, hold_lock: HoldLock
) -> None:
    """The token is valid all the same, and the next use moves the deadline."""
    grant = alice.login()
    clock.advance(600)
    holder = hold_lock(engine.store.path)

    busy = validate(engine, grant)
    before = stored(grant)
    holder.release()
    validate(engine, grant)

    assert busy.is_valid
    assert before == grant.session
    assert stored(grant).last_active_at == clock.now().seconds


@pytest.mark.usefixtures("no_patience")
def test_an_end_that_cannot_be_recorded_is_no_answer(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock, hold_lock: HoldLock
) -> None:
    """The store is unavailable until the end is on disk."""
    grant = alice.login()
    clock.advance(DAY)
    holder = hold_lock(engine.store.path)

    with pytest.raises(StoreUnavailable):
        validate(engine, grant)
    holder.release()

    assert stored(grant).ended_at is None
    assert validate(engine, grant).reason == Reason.TOKEN_EXPIRED
    assert stored(grant).end_reason == EndReason.IDLE_TIMEOUT
