"""Where an event stream goes on: behind what its reader has seen, or behind a gap."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.models import Scope
from protekt_cli.server.answer import Header
from tests.event_streams import ALL, OWN
from tests.journeys.installation import until
from tests.server.application import Application
from tests.server.streaming import Reader, newest, prune, write

ALICE, BOB = "alice@example.com", "bob@example.com"
Start = Callable[..., Application]


@pytest.fixture
def application(start: Start) -> Application:
    """A started application with two users."""
    application = start()
    for email in (ALICE, BOB):
        application.add_user(email)
    return application


def test_last_event_id_resumes_without_gap_and_repeat(application: Application) -> None:
    """What was written while nobody read comes first, then what is new."""
    key = application.add_key(Scope.READ)
    seen = write(application.engine, "user:create", "user:create")
    missed = write(application.engine, *["user:update"] * 700)

    reader = Reader(application, ALL, key=key, after=seen)
    until(lambda: len(reader.events) == 700, "what was missed")
    fresh = write(application.engine, "db:rekey")
    reader.wait_for("db:rekey")

    assert list(range(seen + 1, fresh + 1)) == reader.ids
    assert fresh == missed + 1


def test_stream_without_last_event_id_begins_now(application: Application) -> None:
    """Nothing of before is shown."""
    grant = application.log_in(ALICE)
    application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    application.log_in(ALICE)
    write(application.engine, "session:revoke", user_id=grant.user.id)
    reader.wait_for("session:revoke")

    assert ["device:new", "session:create", "login:success", "session:revoke"] == reader.types


@pytest.mark.parametrize(
    "after", ["", "x", "-1", "+1", "1.0", "1 2", "0x1", "１", "9" * 19, "evt_01jz3b6m1zfr0v4sq4t7"]
)
def test_malformed_last_event_id_is_refused(application: Application, after: str) -> None:
    """It is no id that was ever given, and the session is not used for it."""
    grant = application.log_in(ALICE)

    answer = application.ask(
        "GET", OWN, bearer=grant.access_token, headers=[(b"last-event-id", after.encode())]
    )

    assert (400, "invalid_request") == (answer.status, answer.code())


def test_two_last_event_ids_are_refused(application: Application) -> None:
    """Nobody can tell which one holds."""
    twice: list[Header] = [(b"last-event-id", b"1")] * 2

    answer = application.ask("GET", ALL, key=application.add_key(), headers=twice)

    assert 400 == answer.status


def test_gap_comes_first_where_events_were_pruned(application: Application) -> None:
    """It says what is missing, and its id resumes behind it."""
    engine = application.engine
    key = application.add_key(Scope.READ)
    last = write(engine, *["user:update"] * 5)
    prune(engine, last - 2)

    reader = Reader(application, ALL, key=key, after=1)
    until(lambda: len(reader.events) == 4, "the gap and three events")
    again = Reader(application, ALL, key=key, after=reader.events[0].id)
    until(lambda: len(again.events) == 3, "three events")

    assert ["gap", "user:update", "user:update", "events:prune"] == reader.types
    assert {"type": "gap", "after": 1, "through": last - 2} == reader.events[0].data
    assert [last - 2, last - 1, last, last + 1] == reader.ids
    assert reader.ids[1:] == again.ids


def test_no_gap_where_only_what_was_seen_is_pruned(application: Application) -> None:
    """The last of the pruned events is the last that the reader saw."""
    engine = application.engine
    last = write(engine, "user:update", "user:update")
    prune(engine, last)

    reader = Reader(application, ALL, key=application.add_key(Scope.READ), after=last)
    until(lambda: len(reader.events) == 2, "two events")

    assert ["events:prune", "apikey:create"] == reader.types


def test_id_that_is_still_to_come_is_of_another_chain(application: Application) -> None:
    """After a restore or a reset: a gap, and then all that there is to be known."""
    key = application.add_key(Scope.READ)
    last = newest(application.engine)

    reader = Reader(application, ALL, key=key, after=last + 1000)
    until(lambda: len(reader.events) == last + 1, "everything")

    assert {"type": "gap", "after": last + 1000, "through": 0} == reader.events[0].data
    assert list(range(last + 1)) == reader.ids


def test_newest_id_is_no_gap(application: Application) -> None:
    """Whoever has seen everything waits for the next."""
    key = application.add_key(Scope.READ)
    reader = Reader(application, ALL, key=key, after=newest(application.engine))

    write(application.engine, "db:rekey")
    reader.wait_for("db:rekey")

    assert ["db:rekey"] == reader.types
