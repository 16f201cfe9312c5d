"""What is counted of a database in use: the same as a look at every row would tell."""

from __future__ import annotations

from protekt_cli.engine import feed
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason
from protekt_cli.models import SessionStatus
from protekt_cli.store import measures, sqlite
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import View
from protekt_cli.store.measures import Happened
from tests.conftest import HandClock, Person


def last_seq(view: View) -> int:
    return feed.head(view).seq


def test_active_sessions_are_those_that_a_look_at_each_finds(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Ended ones do not count, nor those whose end nobody has written down yet."""
    for wait in (0, 80_000, 0, 10_000):
        alice.login()
        clock.advance(wait)
    ended = alice.login().session.id
    engine.submit(lambda transaction: session_table.end(transaction, ended, 1, EndReason.REVOKED))

    counted = engine.read(measures.count_active)

    assert 2 == counted == engine.read(session_table.count_by_status)[SessionStatus.ACTIVE]


def test_events_are_counted_by_sort_behind_a_seq(engine: Engine, alice: Person) -> None:
    """Only those in between, and a reason or a kind makes another sort."""
    before = engine.read(last_seq)
    alice.login()
    alice.login()
    through = engine.read(last_seq)
    alice.login()

    counted = engine.read(lambda view: measures.count_events(view, before, through))

    assert Happened("login:success", None, None, 2) in counted
    assert Happened("session:create", None, None, 2) in counted


def test_damaged_event_is_counted_without_its_kind(engine: Engine, alice: Person) -> None:
    """One row that somebody broke does not hide the others."""
    alice.login()
    last = engine.read(last_seq)
    connection = sqlite.open_existing(engine.store.path)
    connection.execute("UPDATE events SET data = '{' WHERE seq = :seq", {"seq": last})
    connection.close()

    counted = engine.read(lambda view: measures.count_events(view, last - 1, last))

    assert [1] == [each.times for each in counted]
    assert [None] == [each.kind for each in counted]
