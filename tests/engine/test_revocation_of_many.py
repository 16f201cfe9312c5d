"""Ending many sessions at once: what is reported, and that each ends as if it ended alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import event_log, revocation, sweeper
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason
from protekt_cli.models import Caller, Event, Grant, Session
from tests.engine.crowding import add_sessions

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

DAY = 24 * 3600


@pytest.mark.parametrize("step", [1, 2, 5000])
def test_each_of_many_ends_as_it_would_alone(
    engine: Engine,
    alice: Person,
    revoke: Revoke,
    recorded: Recorded,
    stored: Stored,
    monkeypatch: pytest.MonkeyPatch,
    clock: HandClock,
    step: int,
) -> None:
    """The newest first, each with its event and the note, however many in one transaction."""
    monkeypatch.setattr(revocation, "STEP", step)
    grants = []
    for _ in range(5):
        grants.append(alice.login())
        clock.advance(1)
    before = len(recorded())

    report = revoke(user_id=alice.id, note="left the house")

    newest_first = [grant.session for grant in reversed(grants)]
    assert report.ids == tuple(session.id for session in newest_first)
    now = clock.now().seconds
    assert [stored(grant) for grant in grants] == [
        replace(
            grant.session,
            ended_at=now,
            end_reason=EndReason.REVOKED_ALL,
            end_note="left the house",
        )
        for grant in grants
    ]
    assert [replace(event, id="", seq=0) for event in recorded()[before:]] == [
        Event(
            seq=0,
            id="",
            type="session:revoke",
            at=now,
            user_id=alice.id,
            session_id=session.id,
            device_id=session.device_id,
            ip=None,
            actor="cli",
            reason="revoked_all",
            data={},
        )
        for session in newest_first
    ]
    assert event_log.verify(engine).is_ok


def test_one_of_many_that_has_expired_ends_by_its_deadline(
    engine: Engine,
    alice: Person,
    revoke: Revoke,
    recorded: Recorded,
    stored: Stored,
    clock: HandClock,
) -> None:
    """It is not revoked with them, and what is due is written about it as always."""
    over = alice.login()
    clock.advance(DAY)
    living = alice.login()

    report = revoke(user_id=alice.id)
    engine.submit(lambda transaction: sweeper.sweep(engine, transaction))

    assert report.ids == (living.session.id,)
    assert stored(over).end_reason == EndReason.IDLE_TIMEOUT
    ended = [(event.type, event.session_id) for event in recorded() if event.reason]
    assert ended == [
        ("session:revoke", living.session.id),
        ("session:expire", over.session.id),
        ("session:expired", over.session.id),
    ]


@pytest.mark.parametrize("step", [400, 5000])
@pytest.mark.parametrize(("count", "named"), [(1000, True), (1001, False)])
def test_a_report_names_a_thousand_at_most(
    engine: Engine,
    alice: Person,
    revoke: Revoke,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
    count: int,
    named: bool,
) -> None:
    """Of one more it gives the number alone, before and after, in one step or several."""
    monkeypatch.setattr(revocation, "STEP", step)
    add_sessions(engine, alice.login().session, count - 1)
    selection = revocation.Selection(all=True)

    forecast = engine.read(lambda view: revocation.find_selected(view, selection))
    report = revoke(all=True)

    assert (forecast.revoked, report.revoked) == (count, count)
    assert forecast.ids == report.ids
    assert (len(set(report.ids)) if report.ids is not None else None) == (count if named else None)


def test_what_would_end_is_counted_by_users_and_devices(
    engine: Engine, alice: Person, add_user: AddUser, revoke: Revoke
) -> None:
    """Of the living alone."""
    bob = add_user(engine, "bob@example.com", "a stone of flint")
    first = alice.login()
    alice.login(Caller(device_id=first.session.device_id))
    alice.login()
    bob.login()
    revoke(bob.login().session.id)

    def forecast(selection: revocation.Selection) -> tuple[int, int | None, int | None]:
        report = engine.read(lambda view: revocation.find_selected(view, selection))
        return report.revoked, report.users, report.devices

    assert forecast(revocation.Selection(all=True)) == (4, 2, 3)
    assert forecast(revocation.Selection(user_id=alice.id)) == (3, 1, 2)
    assert forecast(revocation.Selection(ids=())) == (0, 0, 0)


def test_what_is_excepted_lives_on(alice: Person, revoke: Revoke, stored: Stored) -> None:
    """Whatever else holds of it, also where it is named itself."""
    grants = [alice.login() for _ in range(3)]
    spared = (grants[1].session.id,)

    by_id = revoke(grants[0].session.id, grants[1].session.id, except_ids=spared)
    by_user = revoke(user_id=alice.id, except_ids=spared)

    assert (by_id.ids, by_user.ids) == ((grants[0].session.id,), (grants[2].session.id,))
    assert [stored(grant).ended_at is None for grant in grants] == [False, True, False]
