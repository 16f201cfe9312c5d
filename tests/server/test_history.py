"""What happened to logins, refreshes and sessions, counted from the events of every process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.engine import renewal, revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidCredentials, Problem
from protekt_cli.models import Caller, Grant, Session
from protekt_cli.server.history import History
from protekt_cli.server.tally import Tally
from tests.conftest import HandClock, Person

Count = Callable[[str], dict[str, float]]


@pytest.fixture
def history(engine: Engine, alice: Person) -> History:
    """Begun after a login that is not counted any more."""
    alice.login()
    history = History(Tally().share())
    engine.read(history.begin)
    return history


@pytest.fixture
def count(engine: Engine, history: History) -> Count:
    """Count up to now, and return what was seen at all."""

    def count(what: str) -> dict[str, float]:
        history.catch_up(engine.store)
        return {label: times for label, times in history.counts(what).items() if times}

    return count


def refresh(engine: Engine, token: str) -> Grant | Problem:
    claimed = renewal.parse(token)
    return engine.store.submit(
        lambda transaction: renewal.refresh(engine, transaction, claimed, Caller())
    )


def log_out(engine: Engine, session: Session) -> None:
    engine.submit(
        lambda transaction: revocation.end(
            engine, transaction, session, EndReason.LOGOUT, actor=session.user_id
        )
    )


def test_logins_are_counted_by_outcome(count: Count, alice: Person) -> None:
    """From where the counting began."""
    alice.login()
    alice.login()
    with pytest.raises(InvalidCredentials):
        alice.login(password="wrong")

    assert {"success": 2, "failure": 1} == count("login")


def test_refreshes_are_counted_by_kind(
    count: Count, engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Those that were refused as reuse too."""
    first = alice.login()
    second = refresh(engine, first.refresh_token)
    assert isinstance(second, Grant)
    refresh(engine, first.refresh_token)
    refresh(engine, second.refresh_token)
    clock.advance(60)
    refresh(engine, first.refresh_token)

    assert {"rotated": 2, "concurrent": 1, "ancestor_reused": 1} == count("refresh")


def test_ends_are_counted_by_reason(
    count: Count, engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Revoked ones and expired ones."""
    sessions = [alice.login().session for _ in range(3)]
    for session in sessions[:2]:
        log_out(engine, session)
    clock.advance(24 * 3600)
    engine.submit(lambda transaction: revocation.expire(engine, transaction, sessions[2]))

    assert {"logout": 2, "idle_timeout": 1} == count("end")


def test_every_event_is_counted_once(count: Count, alice: Person) -> None:
    """However often somebody looks."""
    alice.login()
    once = count("login")
    again = count("login")
    alice.login()

    assert {"success": 1} == once == again
    assert {"success": 2} == count("login")


def test_workers_count_together(engine: Engine, alice: Person) -> None:
    """Whoever is asked next counts what is new, for all, and nobody begins anew."""
    tally = Tally(2)
    one, other = History(tally.share(0)), History(tally.share(1))
    engine.read(one.begin)
    alice.login()
    one.catch_up(engine.store)
    engine.read(other.begin)
    alice.login()

    other.catch_up(engine.store)

    assert 2 == one.counts("login")["success"] == other.counts("login")["success"]


def test_many_events_are_counted_in_steps(
    count: Count, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step is left out and none is counted twice."""
    monkeypatch.setattr("protekt_cli.server.history._STEP", 2)
    for _ in range(5):
        alice.login()

    assert {"success": 5} == count("login")


def test_nothing_is_taken_back(count: Count, engine: Engine, alice: Person) -> None:
    """Where events go and their chain begins anew, what was counted stays, and counting goes on."""
    for _ in range(3):
        alice.login()
    before = count("login")
    engine.submit(lambda transaction: transaction.run("DELETE FROM events"))

    emptied = count("login")
    alice.login()
    begun_anew = count("login")

    assert {"success": 3} == before == emptied
    assert {"success": 4} == begun_anew
