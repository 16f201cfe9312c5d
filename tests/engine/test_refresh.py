"""Refreshing: one successor for whoever asks in time, and the end for who asks too late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import refresh_token
from protekt_cli.engine import renewal, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, StoreUnavailable
from protekt_cli.models import Caller, Event, Grant, Session, Validation

if TYPE_CHECKING:
    from tests.conftest import HandClock, HoldLock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

HOUR, DAY = 3600, 24 * 3600
NOWHERE = Caller()


def validate(engine: Engine, grant: Grant) -> Validation:
    return validation.validate(engine, grant.access_token)


def kinds(recorded: Recorded) -> list[object]:
    return [event.data["kind"] for event in recorded("session:refresh")]


def test_the_current_token_rotates(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    recorded: Recorded,
    clock: HandClock,
) -> None:
    """To a successor and a new access token of the next generation, on record."""
    first = alice.login()
    clock.advance(600)

    second = refresh(first.refresh_token)

    now = clock.now().seconds
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert second.access_expires_at == now + HOUR
    assert stored(first) == second.session
    assert (second.session.generation, second.session.refreshed_at) == (1, now)
    assert validate(engine, first).is_valid
    assert validate(engine, second).is_valid
    [event] = recorded("session:refresh")
    assert (event.session_id, event.actor) == (first.session.id, alice.id)
    assert event.data["kind"] == "rotated"


def test_a_family_goes_on_for_ever(alice: Person, refresh: Refresh, clock: HandClock) -> None:
    """Each successor is current until it yields its own."""
    grant = alice.login()
    seen = {grant.refresh_token}

    for generation in range(1, 30):
        clock.advance(1)
        grant = refresh(grant.refresh_token)
        seen.add(grant.refresh_token)

        assert grant.session.generation == generation

    assert len(seen) == 30


def test_a_rotation_is_a_use_and_moves_no_other_deadline(
    alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """Idle slides; the refresh deadline is as old as the login, and the absolute one too."""
    first = alice.login()
    clock.advance(HOUR)

    second = refresh(first.refresh_token).session

    now = clock.now().seconds
    assert second.last_active_at == now
    assert now + DAY <= second.idle_expires_at <= now + DAY + 60
    assert second.refresh_expires_at == first.session.refresh_expires_at
    assert second.absolute_expires_at == first.session.absolute_expires_at


def test_an_access_token_never_outlives_the_refresh_deadline(
    alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """The last one is cut."""
    grant = alice.login()
    for _ in range(7):
        clock.advance(DAY - 60)
        grant = refresh(grant.refresh_token)

    assert grant.session.refresh_expires_at == grant.access_expires_at
    assert grant.access_expires_at == clock.now().seconds + 7 * 60


@pytest.mark.parametrize("later", [0, 9])
def test_the_parent_yields_the_same_successor_within_the_grace(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    clock: HandClock,
    later: int,
) -> None:
    """A second tab gets what the first one got, with an access token of its own."""
    first = alice.login()
    second = refresh(first.refresh_token)
    clock.advance(later)

    again = refresh(first.refresh_token)

    assert again.refresh_token == second.refresh_token
    assert again.access_token != second.access_token
    assert again.session.generation == 1
    assert validate(engine, again).is_valid
    assert kinds(recorded) == ["rotated", "concurrent"]


def test_any_number_of_clients_at_once_get_one_successor(
    install: Install, alice: Person, recorded: Recorded
) -> None:
    """One rotation happens, whichever process was first."""
    first = alice.login()
    claimed = renewal.parse(first.refresh_token)
    engines = [install() for _ in range(8)]

    def present(engine: Engine) -> Grant:
        return engine.submit(lambda t: renewal.refresh(engine, t, claimed, NOWHERE))

    with ThreadPoolExecutor(8) as pool:
        grants = list(pool.map(present, engines))

    assert len({grant.refresh_token for grant in grants}) == 1
    assert len({grant.access_token for grant in grants}) == 8
    assert {grant.session.generation for grant in grants} == {1}
    assert sorted(map(str, kinds(recorded))) == ["concurrent"] * 7 + ["rotated"]


def test_a_deadline_that_a_refresh_finds_struck_is_recorded(
    alice: Person, refresh: Refresh, recorded: Recorded, stored: Stored, clock: HandClock
) -> None:
    """Committed though the call fails, and final whatever the clock does then."""
    grant = alice.login()
    clock.advance(DAY)

    with pytest.raises(InvalidToken) as caught:
        refresh(grant.refresh_token)
    clock.advance(-HOUR)
    with pytest.raises(InvalidToken) as again:
        refresh(grant.refresh_token)

    assert caught.value.reason == again.value.reason == Reason.SESSION_EXPIRED
    assert caught.value.end_reason == again.value.end_reason == EndReason.IDLE_TIMEOUT
    assert stored(grant).ended_at == grant.session.created_at + DAY
    assert len(recorded("session:expired")) == 1


def test_a_token_that_is_no_family_member_touches_no_session(
    engine: Engine,
    install: Install,
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    stored: Stored,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Of a generation that was never reached, of another key, or changed in one character."""
    grant = refresh(alice.login().refresh_token)
    session, before = grant.session, recorded()
    stranger = install(folder=tmp_path_factory.mktemp("stranger"))
    ours, theirs = (each.read(each.vault_at).refresh_key for each in (engine, stranger))
    swapped = "A" if grant.refresh_token[-1] != "A" else "B"

    for token in (
        refresh_token.derive(ours, session.salt, session.id, 2),
        refresh_token.derive(ours, session.salt, session.id, 2**40 - 1),
        refresh_token.derive(theirs, session.salt, session.id, 0),
        refresh_token.derive(theirs, session.salt, session.id, 1),
        refresh_token.derive(ours, bytes(16), session.id, 0),
        grant.refresh_token[:-1] + swapped,
        grant.refresh_token[:-1],
        grant.refresh_token + "A",
        grant.access_token,
        "",
    ):
        with pytest.raises(InvalidToken) as caught:
            refresh(token)
        assert caught.value.reason == Reason.MALFORMED

    assert stored(grant) == session
    assert recorded() == before


def test_a_token_of_an_absent_session_is_of_an_unknown_one(
    install: Install, alice: Person, refresh: Refresh, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another installation's, for example."""
    stranger = install(folder=tmp_path_factory.mktemp("stranger"))

    with pytest.raises(InvalidToken) as caught:
        refresh(alice.login().refresh_token, engine=stranger)

    assert caught.value.reason == Reason.UNKNOWN_SESSION


@pytest.mark.usefixtures("no_patience")
def test_a_refresh_that_a_busy_store_refused_consumed_nothing(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored, hold_lock: HoldLock
) -> None:
    """The token is current as before."""
    grant = alice.login()
    holder = hold_lock(engine.store.path)

    with pytest.raises(StoreUnavailable):
        refresh(grant.refresh_token)
    holder.release()

    assert stored(grant) == grant.session
    assert refresh(grant.refresh_token).session.generation == 1


def test_what_was_answered_is_known_after_a_restart(
    install: Install, alice: Person, refresh: Refresh
) -> None:
    """An engine that is opened anew goes on with the successor."""
    grant = refresh(alice.login().refresh_token)

    again = refresh(grant.refresh_token, engine=install())

    assert again.session.generation == 2
