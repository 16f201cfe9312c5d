"""Logging out: never refused for where it is asked for, nor for the age of the token alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core.access_token import Claims
from protekt_cli.engine import authentication, own_sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.own_sessions import Selector
from protekt_cli.errors import EndReason, InvalidToken, Reason
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOME, AWAY = Caller(ip="192.0.2.7"), Caller(ip="198.51.100.7", device_id="dev_other")
HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def engine(install: Install) -> Engine:
    """An installation that binds sessions to their device and network."""
    return install({"sessions.device_binding": "enforce", "sessions.ip_matching": "enforce"})


def end(engine: Engine, grant: Grant, caller: Caller, **selected: object) -> int:
    """End sessions of the user whose token this is."""
    selector = Selector(**selected)  # type: ignore[arg-type]
    claims = claims_of(engine, grant)
    step = engine.submit(
        lambda transaction: own_sessions.revoke(engine, transaction, claims, selector, caller)
    )
    assert step.is_last
    return step.revoked


def claims_of(engine: Engine, grant: Grant) -> Claims:
    found = engine.read(lambda view: validation.look(engine, view, grant.access_token))
    assert found.claims is not None
    return found.claims


def login(engine: Engine, person: Person) -> Grant:
    return authentication.login(engine, person.email, person.password, HOME)


@pytest.mark.parametrize("caller", [AWAY, Caller()], ids=["mismatch", "missing"])
def test_logging_out_is_never_refused_for_a_mismatch(
    engine: Engine, alice: Person, stored: Stored, caller: Caller
) -> None:
    """Named by its id or not at all."""
    silent, named = login(engine, alice), login(engine, alice)

    counts = [end(engine, silent, caller), end(engine, named, caller, session_id=named.session.id)]

    assert counts == [1, 1]
    assert stored(silent).end_reason == stored(named).end_reason == EndReason.LOGOUT


def test_where_one_logged_out_from_elsewhere_is_recorded(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """As what was not refused."""
    grant = login(engine, alice)

    end(engine, grant, AWAY)

    told = [event.data for event in recorded("session:mismatch")]
    assert told == [{"kind": "device", "refused": False}, {"kind": "ip", "refused": False}]


@pytest.mark.parametrize("selected", ["session_id", "device_id", "others", "all"])
def test_ending_others_is_refused_for_a_mismatch(
    engine: Engine, alice: Person, stored: Stored, recorded: Recorded, selected: str
) -> None:
    """Who copied a token may end that session, and no other one."""
    own, other = login(engine, alice), login(engine, alice)
    named = {"session_id": other.session.id, "device_id": other.session.device_id}

    with pytest.raises(InvalidToken) as caught:
        end(engine, own, AWAY, **{selected: named.get(selected, True)})

    assert caught.value.reason == Reason.BINDING_MISMATCH
    assert [stored(grant).ended_at for grant in (own, other)] == [None, None]
    assert {event.data["refused"] for event in recorded("session:mismatch")} == {True}


def test_a_dead_token_of_a_dead_session_logs_nobody_out(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """Its age is not its only fault, and is the first that is told."""
    grant = login(engine, alice)
    end(engine, grant, HOME)
    first = stored(grant)

    with pytest.raises(InvalidToken) as young:
        end(engine, grant, HOME)
    clock.advance(HOUR)
    with pytest.raises(InvalidToken) as old:
        end(engine, grant, HOME)

    assert (young.value.reason, young.value.end_reason) == (
        Reason.SESSION_REVOKED,
        EndReason.LOGOUT,
    )
    assert old.value.reason == Reason.TOKEN_EXPIRED
    assert stored(grant) == first


def test_logging_out_too_late_finds_the_deadline(
    engine: Engine, alice: Person, stored: Stored, recorded: Recorded, clock: HandClock
) -> None:
    """Which is on record then, as the end it was."""
    grant = login(engine, alice)
    clock.advance(DAY)

    with pytest.raises(InvalidToken) as caught:
        end(engine, grant, HOME)

    assert caught.value.reason == Reason.TOKEN_EXPIRED
    assert stored(grant).end_reason == EndReason.IDLE_TIMEOUT
    assert [event.type for event in recorded()][-2:] == ["session:expire", "session:expired"]


def test_a_session_that_one_logged_out_of_is_not_renewed(
    engine: Engine, alice: Person, refresh: Refresh
) -> None:
    """Its refresh token is worth nothing, from its own device too."""
    grant = login(engine, alice)
    end(engine, grant, HOME)
    at_home = Caller(ip=HOME.ip, device_id=grant.session.device_id)

    with pytest.raises(InvalidToken) as caught:
        refresh(grant.refresh_token, at_home)

    assert caught.value.end_reason == EndReason.LOGOUT
