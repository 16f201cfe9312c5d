"""A successor that was seen somewhere: from then on its parent is nobody's lost answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import own_sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.own_sessions import Selector
from protekt_cli.errors import NotFound, Reason, RefreshReused, StoreUnavailable
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, HoldLock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOUR = 3600
NOWHERE = Caller()


def test_a_validation_shows_the_successor(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Whoever has its access token has it too: the parent after the grace is reuse."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(10)

    assert validation.validate(engine, second.access_token).is_valid

    assert stored(first).seen
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)


def test_an_expired_token_shows_it_too(
    install: Install, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """It is refused, is no use of the session, and yet somebody holds it."""
    engine = install({"sessions.lost_answer_window": "3h"})
    first = alice.login()
    second = refresh(first.refresh_token, engine=engine)
    clock.advance(HOUR)

    found = validation.validate(engine, second.access_token)

    after = stored(first)
    assert found.reason == Reason.TOKEN_EXPIRED
    assert after.seen
    assert after.last_active_at == second.session.last_active_at
    assert after.idle_expires_at == second.session.idle_expires_at
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, engine=engine)


@pytest.mark.parametrize("which", ["again", "lost"])
def test_any_access_token_of_the_generation_shows_it(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    clock: HandClock,
    which: str,
) -> None:
    """Also one that came with the same successor given again."""
    first = alice.login()
    refresh(first.refresh_token)
    clock.advance(0 if which == "again" else 10)
    again = refresh(first.refresh_token)

    validation.validate(engine, again.access_token)

    assert stored(first).seen


def test_an_access_token_from_before_shows_nothing(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """A client whose answer was lost goes on with what it has, and may still ask again."""
    first = alice.login()
    refresh(first.refresh_token)
    clock.advance(600)

    assert validation.validate(engine, first.access_token).is_valid

    assert not stored(first).seen
    assert refresh(first.refresh_token).session.generation == 1


def test_looking_shows_nothing(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """An administrator who verifies a token is not its client."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(10)

    engine.read(lambda view: validation.look(engine, view, second.access_token))

    assert not stored(first).seen
    assert refresh(first.refresh_token).session.generation == 1


def test_what_is_refused_shows_nothing(
    install: Install, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Neither for another audience nor from another device was it the client."""
    first = alice.login()
    second = refresh(first.refresh_token)
    elsewhere = install({"tokens.audience": "others"})
    bound = install({"sessions.device_binding": "enforce"})
    clock.advance(10)

    reasons = [
        validation.validate(elsewhere, second.access_token).reason,
        validation.validate(bound, second.access_token, Caller(device_id="dev_other")).reason,
    ]

    assert reasons == [Reason.WRONG_AUDIENCE, Reason.BINDING_MISMATCH]
    assert not stored(first).seen
    assert refresh(first.refresh_token).session.generation == 1


def test_a_request_of_ones_own_shows_it(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored
) -> None:
    """Whatever becomes of the request: the token was good."""
    first = alice.login()
    second = refresh(first.refresh_token)
    claims = engine.read(lambda view: validation.look(engine, view, second.access_token)).claims
    assert claims is not None

    with pytest.raises(NotFound):
        engine.submit(
            lambda t: own_sessions.revoke(engine, t, claims, Selector(session_id="x"), NOWHERE)
        )

    assert stored(first).seen


def test_presenting_the_successor_shows_it(
    alice: Person, refresh: Refresh, recorded: Recorded, stored: Stored
) -> None:
    """And makes an ancestor of the parent, while its own successor is not seen yet."""
    first = alice.login()
    second = refresh(first.refresh_token)

    refresh(second.refresh_token)

    assert not stored(first).seen
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)
    assert [event.data["kind"] for event in recorded("session:reuse")] == ["ancestor_reused"]


def test_the_first_generation_is_nobodys_successor(
    engine: Engine, alice: Person, stored: Stored
) -> None:
    """Validating after a login writes nothing."""
    grant = alice.login()

    validation.validate(engine, grant.access_token)

    assert stored(grant) == grant.session


@pytest.mark.usefixtures("no_patience")
def test_what_was_seen_is_on_disk_before_the_answer(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, hold_lock: HoldLock
) -> None:
    """A store too busy to keep it gives no answer, and the next one is as good."""
    second = refresh(alice.login().refresh_token)
    holder = hold_lock(engine.store.path)

    with pytest.raises(StoreUnavailable):
        validation.validate(engine, second.access_token)
    holder.release()

    assert not stored(second).seen
    assert validation.validate(engine, second.access_token).is_valid
    assert stored(second).seen


@pytest.mark.usefixtures("no_patience")
def test_what_was_seen_before_needs_no_store(
    engine: Engine, alice: Person, refresh: Refresh, hold_lock: HoldLock
) -> None:
    """It is written once a generation."""
    second = refresh(alice.login().refresh_token)
    validation.validate(engine, second.access_token)

    hold_lock(engine.store.path)

    assert validation.validate(engine, second.access_token).is_valid


def test_a_new_rotation_is_unseen_again(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Each successor has to be shown itself."""
    second = refresh(alice.login().refresh_token)
    validation.validate(engine, second.access_token)
    refresh(second.refresh_token)
    clock.advance(10)

    validation.validate(engine, second.access_token)

    assert not stored(second).seen
    assert refresh(second.refresh_token).session.generation == 2
