"""A refresh token that comes back too late: whoever has it, its session ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused
from protekt_cli.models import Event, Grant, Session, Validation

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

HOUR = 3600


def validate(engine: Engine, grant: Grant) -> Validation:
    return validation.validate(engine, grant.access_token)


@pytest.mark.parametrize("later", [10, 11, HOUR])
def test_the_parent_after_the_grace_ends_the_session(
    engine: Engine,
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    stored: Stored,
    clock: HandClock,
    later: int,
) -> None:
    """Its successor was seen, so somebody else has it: neither of the two goes on."""
    first, other = alice.login(), alice.login()
    second = refresh(first.refresh_token)
    assert validate(engine, second).is_valid
    clock.advance(later)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)

    session = stored(first)
    assert (session.ended_at, session.end_reason) == (
        clock.now().seconds,
        EndReason.REUSE_DETECTED,
    )
    reuse, revoked = recorded("session:reuse") + recorded("session:revoke")
    assert reuse.data["kind"] == "parent_reused"
    assert (revoked.reason, revoked.actor) == ("reuse_detected", "system")
    assert reuse.session_id == revoked.session_id == session.id
    assert stored(other).ended_at is None


@pytest.mark.parametrize("later", [0, 60])
def test_an_ancestor_ends_the_session_at_any_time(
    alice: Person,
    refresh: Refresh,
    recorded: Recorded,
    stored: Stored,
    clock: HandClock,
    later: int,
) -> None:
    """Also within the grace, which is the parent's alone."""
    first = alice.login()
    refresh(refresh(first.refresh_token).refresh_token)
    clock.advance(later)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token)

    [reuse] = recorded("session:reuse")
    assert reuse.data["kind"] == "ancestor_reused"
    assert stored(first).end_reason == EndReason.REUSE_DETECTED


def test_without_any_grace_the_second_presentation_is_reuse(
    install: Install, alice: Person, refresh: Refresh, stored: Stored
) -> None:
    """With `reuse_grace` and `lost_answer_window` 0, even in the same second."""
    strict = install({"sessions.reuse_grace": 0, "sessions.lost_answer_window": 0})
    first = alice.login()
    refresh(first.refresh_token, engine=strict)

    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, engine=strict)

    assert stored(first).end_reason == EndReason.REUSE_DETECTED


@pytest.mark.parametrize("generation", [0, 1, 2])
def test_a_token_of_an_ended_session_has_its_reason(
    alice: Person,
    refresh: Refresh,
    revoke: Revoke,
    recorded: Recorded,
    stored: Stored,
    generation: int,
) -> None:
    """Whichever generation it is of: no grace, and no reuse, after the end."""
    family = [alice.login()]
    family.append(refresh(family[-1].refresh_token))
    family.append(refresh(family[-1].refresh_token))
    revoke(family[0].session.id)
    ended = stored(family[0])

    with pytest.raises(InvalidToken) as caught:
        refresh(family[generation].refresh_token)

    assert caught.value.reason == Reason.SESSION_REVOKED
    assert caught.value.end_reason == EndReason.REVOKED
    assert stored(family[0]) == ended
    assert recorded("session:reuse") == []
