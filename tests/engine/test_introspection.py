"""Asking about a refresh token: the current one is good and was shown, any other is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import introspection, renewal
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason, RefreshReused
from protekt_cli.models import Caller, Event, Grant, Session, Validation

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Revoke = Callable[..., object]
Stored = Callable[[Grant], Session]

NOWHERE = Caller()


def introspect(engine: Engine, token: str, caller: Caller = NOWHERE) -> Validation:
    claimed = renewal.parse(token)
    look = engine.read(lambda view: introspection.look(engine, view, claimed, caller))
    if not look.is_due:
        return look.validation
    return engine.submit(lambda t: introspection.use(engine, t, claimed, caller))


def altered(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def test_current_refresh_token_is_good(engine: Engine, alice: Person) -> None:
    """It says whose it is."""
    grant = alice.login()

    found = introspect(engine, grant.refresh_token)

    assert found.is_valid
    assert (found.session, found.user) == (grant.session, grant.user)


def test_asking_is_a_use(engine: Engine, alice: Person, stored: Stored, clock: HandClock) -> None:
    """The idle deadline moves, and nothing else does."""
    grant = alice.login()
    clock.advance(3600)

    introspect(engine, grant.refresh_token)

    after, idle = stored(grant), engine.lifetimes.idle
    assert clock.now().seconds == after.last_active_at
    assert clock.now().seconds + idle <= after.idle_expires_at
    assert grant.session.refresh_expires_at == after.refresh_expires_at
    assert 0 == after.generation


def test_asking_shows_the_successor(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Somebody holds it, so its parent is no lost answer any more."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(10)

    assert introspect(engine, second.refresh_token).is_valid

    assert stored(first).seen
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)


def test_older_refresh_token_is_nothing_and_no_reuse(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, clock: HandClock
) -> None:
    """Neither the parent nor an ancestor ends the session, and neither shows anything."""
    first = alice.login()
    second = refresh(first.refresh_token)
    third = refresh(second.refresh_token)
    clock.advance(3600)

    found = [introspect(engine, grant.refresh_token) for grant in (first, second)]

    assert [False, False] == [each.is_valid for each in found]
    assert third.session == stored(first)


def test_forged_refresh_token_is_nothing(engine: Engine, alice: Person, stored: Stored) -> None:
    """Its session does not hear of it."""
    grant = alice.login()

    found = introspect(engine, altered(grant.refresh_token))

    assert Reason.MALFORMED == found.reason
    assert grant.session == stored(grant)


def test_refresh_token_of_an_ended_session_is_nothing(
    engine: Engine, alice: Person, revoke: Revoke
) -> None:
    """Whatever its generation."""
    grant = alice.login()
    revoke(grant.session.id)

    found = introspect(engine, grant.refresh_token)

    assert (Reason.SESSION_REVOKED, EndReason.REVOKED) == (found.reason, found.end_reason)


@pytest.mark.parametrize("generation", ["current", "older"])
def test_deadline_that_struck_is_written_down(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    recorded: Recorded,
    clock: HandClock,
    generation: str,
) -> None:
    """The end is on disk before anybody hears of it."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(engine.lifetimes.idle + 60)

    found = introspect(engine, (second if generation == "current" else first).refresh_token)

    assert (Reason.SESSION_EXPIRED, EndReason.IDLE_TIMEOUT) == (found.reason, found.end_reason)
    assert stored(first).ended_at is not None
    assert 1 == len(recorded("session:expired"))


@pytest.mark.parametrize(
    ("enforcement", "reason"), [("log", None), ("enforce", Reason.BINDING_MISMATCH)]
)
def test_another_device_is_recorded_and_perhaps_refused(
    install: Install,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    recorded: Recorded,
    enforcement: str,
    reason: Reason | None,
) -> None:
    """What is refused shows nothing, and ends nothing."""
    engine = install({"sessions.device_binding": enforcement})
    first = alice.login()
    second = refresh(first.refresh_token)

    found = introspect(engine, second.refresh_token, Caller(device_id="dev_other"))

    assert reason == found.reason
    assert (reason is None) == stored(first).seen
    [event] = recorded("session:mismatch")
    assert {"kind": "device", "refused": reason is not None} == event.data


def test_session_in_steady_use_is_not_written(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Asking every second writes once a minute."""
    grant = alice.login()
    clock.advance(100)
    introspect(engine, grant.refresh_token)
    claimed = renewal.parse(grant.refresh_token)
    clock.advance(1)

    look = engine.read(lambda view: introspection.look(engine, view, claimed, NOWHERE))

    assert look.validation.is_valid
    assert not look.is_due
