"""Ending very many sessions: in steps, between which others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pytest

from protekt_cli.engine import authentication, event_log, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, Problem
from protekt_cli.models import Caller, Event
from protekt_cli.store import measures
from protekt_cli.store.database import Store, Transaction
from tests.engine.crowding import add_sessions

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

T = TypeVar("T")
Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]


class WatchedEngine(Engine):
    """An engine that lets something happen before each of its writes."""

    before_write: Callable[[int], object]
    _writes = 0

    def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Say which write this is, from 1, and do as every engine does."""
        self._writes += 1
        self.before_write(self._writes)
        return super().submit(operation)


@pytest.fixture
def watched(engine: Engine, clock: HandClock) -> Iterator[WatchedEngine]:
    """A second engine on the same installation, to revoke by."""
    watched = WatchedEngine(engine.settings, Store.open(engine.store.path, clock), {})
    yield watched
    watched.close()


def living(engine: Engine) -> int:
    return engine.read(measures.count_active)


def test_twelve_thousand_sessions_end(
    engine: Engine, alice: Person, revoke: Revoke, recorded: Recorded
) -> None:
    """Every one with its event, once, and the chain of them verifies."""
    grant = alice.login()
    add_sessions(engine, grant.session, 12_000)

    report = revoke(user_id=alice.id)

    assert living(engine) == 0
    assert (report.revoked, report.ids) == (12_001, None)
    events = recorded("session:revoke")
    assert len({event.session_id for event in events}) == len(events) == 12_001
    assert {event.reason for event in events} == {"revoked_all"}
    assert all(later.seq == earlier.seq + 1 for earlier, later in pairwise(events))
    assert event_log.verify(engine).is_ok
    assert not validation.validate(engine, grant.access_token).is_valid


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a step of ten sessions."""
    monkeypatch.setattr(revocation, "STEP", 10)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 25])
def test_every_number_of_sessions_ends(
    engine: Engine, alice: Person, revoke: Revoke, count: int
) -> None:
    """Also where the last step is full, or empty."""
    add_sessions(engine, alice.login().session, count - 1)

    report = revoke(user_id=alice.id)

    assert (report.revoked, living(engine)) == (count, 0)


@pytest.mark.usefixtures("small_steps")
def test_others_write_between_two_steps(
    engine: Engine, alice: Person, add_user: AddUser, watched: WatchedEngine
) -> None:
    """Logins of another user, each committed while the revocation is under way."""
    bob = add_user(engine, "bob@example.com", "a stone of flint")
    add_sessions(engine, alice.login().session, 24)
    counts = []

    def log_in(write: int) -> None:
        bob.login()
        counts.append((write, living(engine)))

    watched.before_write = log_in
    report = revocation.revoke(watched, revocation.Selection(user_id=alice.id), actor="cli")

    # Before the counter moves, and before each of three steps of ten, ten and five.
    assert counts == [(1, 26), (2, 27), (3, 18), (4, 9)]
    assert (report.revoked, living(engine)) == (25, 4)


@pytest.mark.usefixtures("small_steps")
def test_an_interrupted_revocation_can_be_repeated(
    engine: Engine, alice: Person, recorded: Recorded, revoke: Revoke, watched: WatchedEngine
) -> None:
    """What it ended stays ended, and the rest ends then; none ends twice."""
    add_sessions(engine, alice.login().session, 24)

    def interrupt(write: int) -> None:
        if write > 2:
            raise KeyboardInterrupt

    watched.before_write = interrupt
    with pytest.raises(KeyboardInterrupt):
        revocation.revoke(watched, revocation.Selection(all=True), actor="cli")
    left = living(engine)
    again = revoke(all=True)

    assert (left, again.revoked, living(engine)) == (15, 15, 0)
    assert len({event.session_id for event in recorded("session:revoke")}) == 25
    assert len(recorded("session:revoke")) == 25


@pytest.mark.usefixtures("small_steps")
def test_a_login_under_way_meets_the_first_step(
    engine: Engine, alice: Person, watched: WatchedEngine
) -> None:
    """It concludes between two writes of the revocation, and creates no session."""
    add_sessions(engine, alice.login().session, 24)
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))
    refused = []

    def conclude(write: int) -> None:
        if write == 2:
            with pytest.raises(InvalidCredentials):
                engine.submit(
                    lambda t: authentication.conclude(engine, t, attempt, Caller(), matched=True)
                )
            refused.append(write)

    watched.before_write = conclude
    revocation.revoke(watched, revocation.Selection(user_id=alice.id), actor="cli")

    assert refused == [2]
    assert living(engine) == 0
