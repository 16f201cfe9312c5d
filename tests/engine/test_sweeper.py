"""What the clock alone brings about: ends are announced and written, once each and in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from protekt_cli.engine import sweeper
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.sweeper import SweepingEngine
from protekt_cli.engine.validation import validate
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Event, Grant, Session
from protekt_cli.store import deadlines
from protekt_cli.store.database import Row, View

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Install, Person

HOUR = 3600
IDLE = 24 * HOUR
WARNING = 60

Recorded = Callable[..., list[Event]]
Stored = Callable[[Grant], Session]


def sweep(engine: Engine, limit: int = sweeper.LIMIT) -> int:
    """Sweep once, and return how many things were due."""
    return engine.submit(lambda transaction: sweeper.sweep(engine, transaction, limit))


def is_due(engine: Engine) -> bool:
    """Say whether a sweep would write anything."""
    return engine.read(lambda view: sweeper.is_due(engine, view))


def swept(recorded: Recorded) -> list[tuple[str, str | None, int]]:
    """Return what sweeps have written: type, session, deadline."""
    return [
        (event.type, event.session_id, event.data["deadline"])
        for event in recorded()
        if event.type in ("session:expire", "session:expired")
    ]


def test_end_is_announced_before_it_comes(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded
) -> None:
    """At `events.expire_warning` before the deadline, not a second earlier, and once."""
    session = alice.login().session
    clock.advance(IDLE - WARNING - 1)

    early = (is_due(engine), sweep(engine))
    clock.advance(1)
    on_time = (is_due(engine), sweep(engine))
    again = (is_due(engine), sweep(engine))

    assert ((False, 0), (True, 1), (False, 0)) == (early, on_time, again)
    [event] = recorded("session:expire")
    assert (session.id, alice.id, session.device_id) == (
        event.session_id,
        event.user_id,
        event.device_id,
    )
    assert (session.idle_expires_at, "idle_timeout", "system", clock.now().seconds) == (
        event.data["deadline"],
        event.reason,
        event.actor,
        event.at,
    )


def test_moved_deadline_is_announced_anew(
    install: Install, add_user: AddUser, clock: HandClock
) -> None:
    """Two values of `expiresAt`, two announcements."""
    engine = install({"sessions.idle_timeout": "100s", "sessions.activity_resolution": 0})
    grant = add_user(engine, "bob@example.com", "wonderland is real").login()
    told = []
    for _ in range(2):
        clock.advance(50)
        told.append(sweep(engine))
        assert validate(engine, grant.access_token).is_valid

    clock.advance(39)
    told.append(sweep(engine))
    clock.advance(1)
    told.append(sweep(engine))

    assert [1, 1, 0, 1] == told


def test_end_is_written_when_its_deadline_passed(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded, stored: Stored
) -> None:
    """Both events where the clock moved past both, in order, and the end for ever."""
    grant = alice.login()
    deadline = stored(grant).idle_expires_at
    clock.advance(IDLE)

    count = sweep(engine)

    clock.advance(-IDLE)
    ended = stored(grant)
    assert 2 == count
    assert (deadline, EndReason.IDLE_TIMEOUT) == (ended.ended_at, ended.end_reason)
    assert Reason.SESSION_EXPIRED == validate(engine, grant.access_token).reason
    assert [
        ("session:expire", ended.id, deadline),
        ("session:expired", ended.id, deadline),
    ] == swept(recorded)


def test_due_things_are_written_in_the_order_they_fell_due(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded
) -> None:
    """As a server would have written them that was there all the time, also in small steps."""
    sessions = []
    for pause in (0, 30, 200):
        clock.advance(pause)
        sessions.append(alice.login().session)
    first, second, third = ((each.id, each.idle_expires_at) for each in sessions)
    clock.advance(IDLE)

    while sweep(engine, limit=2):
        pass

    assert [
        ("session:expire", *first),
        ("session:expire", *second),
        ("session:expired", *first),
        ("session:expired", *second),
        ("session:expire", *third),
        ("session:expired", *third),
    ] == swept(recorded)


def test_sweep_takes_no_more_than_its_limit(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """What is left is due at the next."""
    for _ in range(3):
        alice.login()
    clock.advance(IDLE)

    counts = [sweep(engine, limit=4), sweep(engine, limit=4), sweep(engine, limit=4)]

    assert [4, 2, 0] == counts


def test_refused_use_announces_what_it_finds_ended(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded, stored: Stored
) -> None:
    """A deadline that a request finds struck was announced too, though nobody swept."""
    grant = alice.login()
    clock.advance(IDLE)

    validate(engine, grant.access_token)

    kinds = [kind for kind, _, _ in swept(recorded)]
    assert ["session:expire", "session:expired"] == kinds
    assert not is_due(engine)


def test_ended_session_is_neither_announced_nor_expired(
    engine: Engine, alice: Person, clock: HandClock, recorded: Recorded
) -> None:
    """Whoever logged out is told no more."""
    session = alice.login().session
    engine.store.submit(
        lambda transaction: transaction.run(
            "UPDATE sessions SET ended_at = 1, end_reason = 'logout' WHERE id = :id",
            {"id": session.id},
        )
    )
    clock.advance(IDLE)

    assert not is_due(engine)
    assert (0, []) == (sweep(engine), swept(recorded))


def test_warning_of_zero_announces_at_the_deadline(
    install: Install, add_user: AddUser, clock: HandClock
) -> None:
    """Nothing before it, and then both."""
    engine = install({"events.expire_warning": "0s"})
    add_user(engine, "bob@example.com", "wonderland is real").login()
    clock.advance(IDLE - 1)

    before = sweep(engine)
    clock.advance(1)

    assert (0, 2) == (before, sweep(engine))


class Plans(View):
    """A view that tells how it would find rows, in their place."""

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        return super().rows(f"EXPLAIN QUERY PLAN {statement}", parameters)


@pytest.mark.parametrize("look", [deadlines.list_unannounced, deadlines.list_struck])
def test_looking_for_what_is_due_walks_an_index(
    engine: Engine, look: Callable[[View, int, int], list[Row]]
) -> None:
    """The look of every second reads no session whose deadline is far."""
    plan = engine.read(lambda view: look(Plans(view._connection, view.now), 1, 1))

    assert "SEARCH sessions USING INDEX sessions_by_expiry (<expr><?)" == plan[0][-1]


@pytest.fixture
def sweeping(engine: Engine) -> SweepingEngine:
    """The engine of a command, beside the other."""
    return SweepingEngine(engine.settings, engine.store, {})


def test_first_write_of_a_command_is_preceded_by_what_is_due(
    alice: Person, sweeping: SweepingEngine, clock: HandClock, recorded: Recorded
) -> None:
    """Once, and before the command's own events."""
    alice.login()
    clock.advance(IDLE)
    before = len(recorded())

    sweeping.submit(lambda transaction: None)
    written = recorded()[before:]
    alice.login()
    clock.advance(IDLE)
    sweeping.submit(lambda transaction: None)

    assert ["session:expire", "session:expired"] == [event.type for event in written]
    assert 1 == len(recorded("session:expired"))


def test_command_that_only_reads_ends_nothing(
    alice: Person, sweeping: SweepingEngine, clock: HandClock, recorded: Recorded
) -> None:
    """However many deadlines have passed."""
    alice.login()
    clock.advance(IDLE)
    before = recorded()

    sweeping.read(lambda view: view.now)

    assert before == recorded()
