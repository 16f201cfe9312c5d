"""Revoking: what was meant ends at once, for the documented reason, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import AmbiguousId, EndReason
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

UNKNOWN = "sess_01m89p8egtessvrhqxpp055nhn"
HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def bob(engine: Engine, add_user: AddUser) -> Person:
    """Somebody else."""
    return add_user(engine, "bob@example.com", "a stone of flint")


def ids(report: revocation.Report) -> set[str]:
    assert report.ids is not None
    assert report.revoked == len(report.ids)
    return set(report.ids)


def test_a_session_is_revoked_by_its_id(
    engine: Engine, alice: Person, revoke: Revoke, stored: Stored, clock: HandClock
) -> None:
    """Now, and no other one."""
    one, other = alice.login(), alice.login()
    clock.advance(60)

    report = revoke(one.session.id)

    assert (ids(report), report.not_found) == ({one.session.id}, ())
    assert stored(one) == replace(
        one.session, ended_at=clock.now().seconds, end_reason=EndReason.REVOKED
    )
    assert not validation.validate(engine, one.access_token).is_valid
    assert validation.validate(engine, other.access_token).is_valid


def test_an_id_can_be_cut(alice: Person, revoke: Revoke, clock: HandClock) -> None:
    """To any start that fits one session alone, of those eight characters or more."""
    one = alice.login().session
    clock.advance(DAY)
    other = alice.login().session

    with pytest.raises(AmbiguousId, match="too short"):
        revoke(one.id[:12])
    with pytest.raises(AmbiguousId, match="too short"):
        revoke(one.id, "sess_")
    report = revoke(other.id[:20])

    assert ids(report) == {other.id}


def test_an_ambiguous_id_revokes_nothing(alice: Person, revoke: Revoke, stored: Stored) -> None:
    """Two sessions of one millisecond begin alike."""
    grants = [alice.login(), alice.login()]

    with pytest.raises(AmbiguousId, match="more than one"):
        revoke(grants[0].session.id[: len("sess_") + 10])

    assert [stored(grant).ended_at for grant in grants] == [None, None]


def test_unknown_ids_are_reported_and_the_others_revoked(
    alice: Person, revoke: Revoke, stored: Stored
) -> None:
    """Whatever stands between them."""
    one, other = alice.login(), alice.login()

    report = revoke(one.session.id, UNKNOWN, "no id", other.session.id, one.session.id)

    assert ids(report) == {one.session.id, other.session.id}
    assert report.not_found == (UNKNOWN, "no id")
    assert stored(other).end_reason == EndReason.REVOKED


def test_unknown_ids_alone_revoke_nothing(alice: Person, revoke: Revoke, stored: Stored) -> None:
    """No id that is found is not the same as no id given."""
    grant = alice.login()

    report = revoke(UNKNOWN)

    assert (ids(report), report.not_found) == (set(), (UNKNOWN,))
    assert stored(grant).ended_at is None


def test_revoking_again_changes_nothing(
    alice: Person, revoke: Revoke, stored: Stored, recorded: Recorded, clock: HandClock
) -> None:
    """It is no error, ends none, and the first end stays."""
    grant = alice.login()
    revoke(grant.session.id, note="first")
    first, before = stored(grant), recorded()
    clock.advance(60)

    again = revoke(grant.session.id, note="second")
    everything = revoke(user_id=alice.id)

    assert ids(again) == ids(everything) == set()
    assert again.not_found == ()
    assert stored(grant) == first
    assert recorded() == before


def test_each_selector_has_its_reason(
    alice: Person, bob: Person, revoke: Revoke, stored: Stored
) -> None:
    """An id, a user, a device, and everything there is."""
    grants = [alice.login() for _ in range(3)]
    theirs = [bob.login(), bob.login()]

    by_id = revoke(grants[0].session.id)
    by_device = revoke(device_id=grants[1].session.device_id)
    by_user = revoke(user_id=alice.id)
    untouched = [stored(grant).ended_at for grant in theirs]
    by_all = revoke(all=True)

    assert [report.revoked for report in (by_id, by_device, by_user, by_all)] == [1, 1, 1, 2]
    assert untouched == [None, None]
    assert [stored(grant).end_reason for grant in (*grants, *theirs)] == [
        EndReason.REVOKED,
        EndReason.DEVICE_REVOKED,
        EndReason.REVOKED_ALL,
        EndReason.REVOKED_ALL,
        EndReason.REVOKED_ALL,
    ]


def test_ids_and_selectors_must_all_hold(
    alice: Person, bob: Person, revoke: Revoke, stored: Stored
) -> None:
    """Of two reasons a device's goes before a user's."""
    first = alice.login()
    same_device = alice.login(Caller(device_id=first.session.device_id))
    elsewhere, theirs = alice.login(), bob.login()

    nothing = revoke(theirs.session.id, user_id=alice.id)
    report = revoke(
        first.session.id,
        elsewhere.session.id,
        theirs.session.id,
        user_id=alice.id,
        device_id=first.session.device_id,
    )

    assert ids(nothing) == set()
    assert ids(report) == {first.session.id}
    assert stored(first).end_reason == EndReason.DEVICE_REVOKED
    assert [stored(each).ended_at for each in (same_device, elsewhere, theirs)] == [None] * 3


def test_a_revocation_is_recorded_without_its_note(
    alice: Person, revoke: Revoke, stored: Stored, recorded: Recorded
) -> None:
    """The text stays with the session; the event has the reason and who it was."""
    grant = alice.login()

    revoke(grant.session.id, note="found on a train")

    session = stored(grant)
    [event] = recorded("session:revoke")
    assert session.end_note == "found on a train"
    assert (event.user_id, event.session_id, event.device_id) == (
        alice.id,
        session.id,
        session.device_id,
    )
    assert (event.reason, event.actor, event.data) == ("revoked", "cli", {})
    assert not any("train" in repr(each) for each in recorded())


def test_a_session_that_has_expired_is_not_revoked(
    alice: Person, revoke: Revoke, stored: Stored, clock: HandClock
) -> None:
    """Its deadline ended it, whoever comes later, and whether or not that was on record."""
    grant = alice.login()
    clock.advance(DAY)

    by_id, by_user = revoke(grant.session.id), revoke(user_id=alice.id)

    assert ids(by_id) == ids(by_user) == set()
    assert by_id.not_found == ()
    assert stored(grant).end_reason in {None, EndReason.IDLE_TIMEOUT}


def test_what_is_selected_can_be_seen_before(
    engine: Engine, alice: Person, bob: Person, stored: Stored, recorded: Recorded
) -> None:
    """A dry run reports the same, and changes nothing."""
    grants = [alice.login(), alice.login(), bob.login()]
    selection = revocation.Selection(user_id=alice.id)
    before = recorded()

    report = engine.read(lambda view: revocation.find_selected(view, selection))

    assert ids(report) == {grant.session.id for grant in grants[:2]}
    assert [stored(grant).ended_at for grant in grants] == [None] * 3
    assert recorded() == before
