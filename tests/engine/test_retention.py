"""Forgetting what is old enough: sessions, devices, keys, events, and nothing that lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import event_log, retention
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.retention import Pruned
from protekt_cli.models import Caller, Event, Grant
from protekt_cli.store.database import Transaction

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

DAY = 24 * 3600
KEPT = 90 * DAY

Recorded = Callable[..., list[Event]]


def logout(engine: Engine, grant: Grant, at: int) -> None:
    """End a session as it ended at some time."""
    engine.store.submit(
        lambda transaction: transaction.run(
            "UPDATE sessions SET ended_at = :at, end_reason = 'logout' WHERE id = :id",
            {"at": at, "id": grant.session.id},
        )
    )


def ids(engine: Engine, table: str) -> list[str]:
    """Return the ids that a table holds."""
    name = "kid" if table == "signing_keys" else "id"
    return engine.read(
        lambda view: [row[0] for row in view.rows(f"SELECT {name} FROM {table}")]  # noqa: S608
    )


def catch_up(engine: Engine) -> None:
    """Take every step of the daily pruning."""
    while engine.submit(lambda transaction: retention.prune_due(engine, transaction)):
        pass


def test_session_goes_when_it_ended_long_enough_ago(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """To the second, and a living one never."""
    old, young, living = alice.login(), alice.login(), alice.login()
    now = clock.now().seconds
    logout(engine, old, now - 100)
    logout(engine, young, now - 99)

    counted = engine.read(lambda view: retention.count_sessions(view, 100))
    pruned = retention.prune_sessions(engine, 100)

    assert (1, 1) == (counted, pruned.sessions)
    assert {young.session.id, living.session.id} == set(ids(engine, "sessions"))


def test_session_goes_that_nobody_saw_end(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded
) -> None:
    """Its deadline struck long enough ago; that it ended is written before it goes."""
    grant = alice.login()
    clock.advance(DAY + 100)

    too_early = engine.read(lambda view: retention.count_sessions(view, 101))
    counted = engine.read(lambda view: retention.count_sessions(view, 100))
    pruned = retention.prune_sessions(engine, 100)

    assert (0, 1, 1) == (too_early, counted, pruned.sessions)
    assert [] == ids(engine, "sessions")
    assert [grant.session.id] == [event.session_id for event in recorded("session:expired")]


def test_device_goes_with_its_last_session(engine: Engine, alice: Person, clock: HandClock) -> None:
    """Not one that is trusted, nor one that has another session."""
    alone, trusted, shared = alice.login(), alice.login(), alice.login()
    alice.login(Caller(device_id=shared.session.device_id))
    for grant in (alone, trusted, shared):
        logout(engine, grant, clock.now().seconds)
    engine.store.submit(
        lambda transaction: transaction.run(
            "UPDATE devices SET trusted = 1 WHERE id = :id", {"id": trusted.session.device_id}
        )
    )

    pruned = retention.prune_sessions(engine, 0)

    assert (3, 1) == (pruned.sessions, pruned.devices)
    assert {trusted.session.device_id, shared.session.device_id} == set(ids(engine, "devices"))


def test_sessions_go_in_steps(
    engine: Engine, alice: Person, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, no transaction takes more than a step."""
    monkeypatch.setattr(retention, "STEP", 2)
    for _ in range(5):
        logout(engine, alice.login(), clock.now().seconds)

    def step(transaction: Transaction) -> Pruned:
        return retention.prune_sessions_step(engine, transaction, transaction.now.seconds)

    first = engine.submit(step)
    rest = retention.prune_sessions(engine, 0)

    assert (2, 3) == (first.sessions, rest.sessions)


def add_key(engine: Engine, kid: str, status: str, stopped: int | None) -> None:
    """Put a key there that stopped signing at some time."""
    engine.store.submit(
        lambda transaction: transaction.run(
            "INSERT INTO signing_keys (kid, algorithm, status, sealed, created_at, retired_at)"
            " VALUES (:kid, 'ES256', :status, x'', :created, :stopped)",
            {"kid": kid, "status": status, "created": 5, "stopped": stopped},
        )
    )


@pytest.mark.parametrize("status", ["retired", "revoked"])
def test_key_goes_when_no_living_session_has_a_token_of_it(
    engine: Engine, alice: Person, clock: HandClock, status: str
) -> None:
    """One that stopped signing in the second of the oldest living login may have signed for it."""
    present = ids(engine, "signing_keys")
    began = clock.now().seconds
    add_key(engine, "before", status, began - 1)
    add_key(engine, "then", status, began)
    grant = alice.login()

    some = retention.prune_sessions(engine, 0)
    while_alive = set(ids(engine, "signing_keys"))
    logout(engine, grant, began)
    others = retention.prune_sessions(engine, 0)

    assert (1, 1) == (some.keys, others.keys)
    assert {"then", *present} == while_alive
    assert present == ids(engine, "signing_keys")


def test_revoked_key_that_never_signed_counts_from_when_it_was_made(
    engine: Engine, alice: Person
) -> None:
    """It has no time of retirement, and no session is older."""
    alice.login()
    add_key(engine, "unused", "revoked", None)

    assert 1 == retention.prune_sessions(engine, 0).keys


def test_events_go_as_a_prefix(engine: Engine, alice: Person, clock: HandClock) -> None:
    """An old event behind a young one stays: the clock had stepped back."""
    alice.login()
    clock.advance(-500)
    alice.login()
    clock.advance(600)

    counted = engine.read(lambda view: retention.count_events(view, 101))
    pruned = retention.prune_events(engine, 101, actor="cli")
    all_old = retention.prune_events(engine, 100, actor="cli")

    assert (0, 0) == (counted, pruned)
    assert 7 == all_old


def test_nothing_to_prune_is_no_event(engine: Engine, alice: Person, recorded: Recorded) -> None:
    """What changes nothing leaves no trace."""
    before = recorded()

    pruned = retention.prune_events(engine, 100, actor="cli")

    assert (0, before) == (pruned, recorded())


def test_pruning_of_everything_ends_and_leaves_its_own_event(
    engine: Engine, alice: Person, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the event of a step is as old as what is pruned."""
    monkeypatch.setattr(event_log, "STEP", 2)
    alice.login()
    count = len(recorded())

    pruned = retention.prune_events(engine, 0, actor="cli")

    assert (count, {"events:prune"}) == (pruned, {event.type for event in recorded()})
    assert event_log.verify(engine).is_ok


def test_daily_pruning_goes_by_the_settings(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded
) -> None:
    """Sessions and events after 90 days, not a second earlier."""
    logout(engine, alice.login(), clock.now().seconds)
    clock.advance(KEPT - 1)
    catch_up(engine)
    kept = (len(ids(engine, "sessions")), len(recorded("events:prune")))

    clock.advance(DAY)
    catch_up(engine)

    assert (1, 0) == kept
    assert [] == ids(engine, "sessions")
    assert ["events:prune"] == [event.type for event in recorded()]
    assert "system" == recorded()[0].actor


def test_pruning_is_due_once_a_day(engine: Engine, clock: HandClock) -> None:
    """At once where it never was done, and where the clock was set back."""
    told = []
    for pause in (0, 1, DAY - 2, 1, -5):
        clock.advance(pause)
        told.append(engine.read(retention.is_due))
        if told[-1]:
            catch_up(engine)

    assert [True, False, False, True, True] == told
