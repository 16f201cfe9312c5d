"""What a user may end by the token of one of its own sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, own_sessions, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.own_sessions import Selector
from protekt_cli.errors import EndReason, InvalidCredentials, InvalidToken, NotFound, Reason
from protekt_cli.models import Caller, Event, Grant, Session
from tests.engine.crowding import add_sessions

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

End = Callable[..., int]
Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

CALLER = Caller(ip="192.0.2.1")


@pytest.fixture
def end(engine: Engine) -> End:
    """End sessions of the user whose token this is."""

    def end(grant: Grant, **selected: object) -> int:
        selector = Selector(**selected)  # type: ignore[arg-type]
        claims = engine.read(lambda view: validation.look(engine, view, grant.access_token)).claims
        assert claims is not None
        revoked = 0
        while True:
            step = engine.submit(
                lambda transaction: own_sessions.revoke(
                    engine, transaction, claims, selector, CALLER
                )
            )
            revoked += step.revoked
            if step.is_last:
                return revoked

    return end


def test_logging_out_ends_the_session_that_asks(
    alice: Person, end: End, stored: Stored, recorded: Recorded
) -> None:
    """Named by its id or not at all, and no other one."""
    silent, named, other = alice.login(), alice.login(), alice.login()

    counts = [end(silent), end(named, session_id=named.session.id)]

    assert counts == [1, 1]
    assert stored(silent).end_reason == stored(named).end_reason == EndReason.LOGOUT
    assert stored(other).ended_at is None
    for event in recorded("session:revoke"):
        assert (event.reason, event.actor, event.ip) == ("logout", alice.id, "192.0.2.1")


def test_logging_out_needs_no_fresh_token(
    alice: Person, end: End, stored: Stored, clock: HandClock
) -> None:
    """One whose only fault is its age will do for that, and for nothing else."""
    one, other = alice.login(), alice.login()
    clock.advance(3600)

    for selected in ({"session_id": other.session.id}, {"others": True}, {"all": True}):
        with pytest.raises(InvalidToken) as caught:
            end(one, **selected)
        assert caught.value.reason == Reason.TOKEN_EXPIRED

    assert end(one) == 1
    assert stored(one).end_reason == EndReason.LOGOUT
    assert stored(other).ended_at is None


def test_each_selector_has_its_reason(alice: Person, end: End, stored: Stored) -> None:
    """Another session, a device, all the others, and all."""
    own, other = alice.login(), alice.login()
    here, there, last = alice.login(), alice.login(), alice.login()

    counts = [
        end(own, session_id=other.session.id),
        end(own, device_id=here.session.device_id),
        end(own, others=True),
        end(own, all=True),
    ]

    assert counts == [1, 1, 2, 1]
    assert [stored(grant).end_reason for grant in (other, here, there, last, own)] == [
        EndReason.REVOKED,
        EndReason.DEVICE_REVOKED,
        EndReason.REVOKED_ALL,
        EndReason.REVOKED_ALL,
        EndReason.REVOKED_ALL,
    ]


def test_each_end_says_by_whom_and_from_where(
    alice: Person, end: End, recorded: Recorded, clock: HandClock
) -> None:
    """However many end at once, the caller's own the last."""
    grants = []
    for _ in range(4):
        grants.append(alice.login())
        clock.advance(1)

    end(grants[0], session_id=grants[1].session.id)
    end(grants[0], all=True)

    ended = recorded("session:revoke")
    assert [event.session_id for event in ended] == [
        grants[number].session.id for number in (1, 3, 2, 0)
    ]
    assert {(event.actor, event.ip) for event in ended} == {(alice.id, CALLER.ip)}


def test_a_session_whose_deadline_has_struck_is_not_revoked(
    engine: Engine, alice: Person, end: End, stored: Stored, recorded: Recorded, clock: HandClock
) -> None:
    """It had ended by itself, and that is what is written down."""
    idle = alice.login()
    clock.advance(24 * 3600 - 1)
    own = alice.login()
    clock.advance(1)

    count = end(own, session_id=idle.session.id)

    assert count == 0
    assert stored(idle).end_reason == EndReason.IDLE_TIMEOUT
    assert stored(idle).ended_at == idle.session.idle_expires_at
    assert recorded("session:revoke") == []
    assert [event.reason for event in recorded("session:expired")] == ["idle_timeout"]


@pytest.mark.parametrize("what", ["session_id", "device_id"])
def test_what_is_not_ones_own_is_not_there(
    engine: Engine, alice: Person, add_user: AddUser, end: End, stored: Stored, what: str
) -> None:
    """Another's session or device is as unknown as one that nobody has."""
    own = alice.login()
    theirs = add_user(engine, "bob@example.com", "a stone of flint").login()
    device = theirs.session.device_id
    absent = "sess_01m89p8egtessvrhqxpp055nhn"

    for named in (device if what == "device_id" else theirs.session.id, absent, "", "x"):
        with pytest.raises(NotFound):
            end(own, **{what: named})

    assert stored(theirs).ended_at is None
    assert stored(own).ended_at is None


def test_a_session_that_was_ended_meanwhile_ends_no_others(
    engine: Engine, alice: Person, revoke: Revoke, stored: Stored
) -> None:
    """The token is judged again in the transaction that acts."""
    own, other = alice.login(), alice.login()
    claims = engine.read(lambda view: validation.look(engine, view, own.access_token)).claims
    assert claims is not None
    revoke(own.session.id)

    with pytest.raises(InvalidToken) as caught:
        engine.submit(lambda t: own_sessions.revoke(engine, t, claims, Selector(all=True), CALLER))

    assert caught.value.reason == Reason.SESSION_REVOKED
    assert stored(other).ended_at is None


def test_ending_all_stops_a_login_under_way(engine: Engine, alice: Person, end: End) -> None:
    """Its password was checked before."""
    own = alice.login()
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))

    end(own, all=True)

    with pytest.raises(InvalidCredentials):
        engine.submit(lambda t: authentication.conclude(engine, t, attempt, CALLER, matched=True))


@pytest.mark.parametrize("count", [9, 10, 11, 19, 20, 21, 25])
@pytest.mark.parametrize("selected", ["all", "others", "device_id"])
def test_very_many_end_in_steps(
    engine: Engine,
    alice: Person,
    end: End,
    stored: Stored,
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    selected: str,
) -> None:
    """The caller's own session last, for its token has to do for every step."""
    monkeypatch.setattr(revocation, "STEP", 10)
    own = alice.login()
    add_sessions(engine, own.session, count - 1)

    ended = end(own, **{selected: own.session.device_id if selected == "device_id" else True})

    events = recorded("session:revoke")
    is_own_too = selected != "others"
    assert ended == len(events) == (count if is_own_too else count - 1)
    assert (stored(own).ended_at is not None) == is_own_too
    assert (events[-1].session_id == own.session.id) == is_own_too
