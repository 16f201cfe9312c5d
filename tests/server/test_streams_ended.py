"""When an event stream ends: with its session or its API key, and with the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from protekt_cli.engine import api_keys, development, revocation, user_changes, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Scope
from protekt_cli.server.answer import ASGIApp
from protekt_cli.server.app import create_app
from tests.conftest import HandClock, Install
from tests.event_streams import ALL, OWN
from tests.server.application import Application
from tests.server.streaming import Reader, newest, write

ALICE, BOB = "alice@example.com", "bob@example.com"
Start = Callable[..., Application]
DAY = 86_400


@pytest.fixture
def application(start: Start) -> Application:
    """A started application with two users."""
    application = start()
    for email in (ALICE, BOB):
        application.add_user(email)
    return application


@pytest.fixture
def developed(install: Install) -> Iterator[Application]:
    """An application whose clock can be moved, with one user."""
    engine = install()
    development.claim(engine)
    application = Application(engine, lambda engine: create_app(engine, is_dev=True))
    application.add_user(ALICE)
    yield application
    application.close()


def end(application: Application, session_id: str) -> None:
    """End a session as the command line does."""
    revocation.revoke(application.engine, revocation.Selection(ids=(session_id,)), actor="cli")


def test_logout_ends_the_stream_with_its_event(application: Application) -> None:
    """The last thing that a session hears is its end."""
    grant = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    application.ask("POST", "/v1/sessions/revoke", bearer=grant.access_token)
    write(application.engine, "session:refresh", user_id=grant.user.id)
    shown = reader.wait_for_end()

    assert [("session:revoke", grant.session.id, "logout")] == [
        (event.type, event.data["sessionId"], event.data["reason"]) for event in shown
    ]


def test_end_of_another_session_of_the_user_ends_nothing(application: Application) -> None:
    """It is shown, and the stream goes on."""
    grant = application.log_in(ALICE)
    other = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    end(application, other.session.id)
    reader.wait_for("session:revoke")
    application.log_in(ALICE)
    reader.wait_for("login:success")

    assert not reader.has_ended


def test_disabling_the_user_ends_the_stream(application: Application) -> None:
    """By the event of the session's end; the user's own comes behind it, and is nobody's."""
    engine = application.engine
    grant = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    engine.submit(
        lambda transaction: user_changes.disable(
            engine, transaction, users.get(transaction, ALICE), actor="cli"
        )
    )

    assert ["user_disabled"] == [event.data["reason"] for event in reader.wait_for_end()]


def test_deadline_ends_the_stream_by_the_servers_own_hand(
    application: Application, clock: HandClock
) -> None:
    """It outlives its access token, and is no use of the session: the idle deadline strikes."""
    grant = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    clock.advance(2 * 3600)  # the access token has expired by now
    application.log_in(ALICE)
    reader.wait_for("login:success")
    clock.advance(DAY)
    shown = reader.wait_for_end()

    assert ("session:expired", grant.session.id, "idle_timeout") == (
        shown[-1].type,
        shown[-1].data["sessionId"],
        shown[-1].data["reason"],
    )


def test_revoked_key_ends_its_streams_with_its_event(application: Application) -> None:
    """And no other key's."""
    engine = application.engine
    presented, other = application.add_key(Scope.READ), application.add_key(Scope.READ)
    key = engine.read(lambda view: api_keys.find(view, presented))
    assert key is not None
    reader, second = (Reader(application, ALL, key=each) for each in (presented, other))

    engine.submit(lambda transaction: api_keys.revoke(engine, transaction, key.id, actor="cli"))
    write(engine, "db:rekey")

    assert [("apikey:revoke", {"id": key.id})] == [
        (event.type, event.data["data"]) for event in reader.wait_for_end()
    ]
    second.wait_for("db:rekey")
    assert not second.has_ended


def test_revoked_key_ends_a_stream_that_does_not_show_it(application: Application) -> None:
    """Its filter holds to the end."""
    engine = application.engine
    presented = application.add_key(Scope.READ)
    key = engine.read(lambda view: api_keys.find(view, presented))
    assert key is not None
    reader = Reader(application, f"{ALL}?type=login:*", key=presented)

    engine.submit(lambda transaction: api_keys.revoke(engine, transaction, key.id, actor="cli"))

    assert [] == reader.wait_for_end()


def test_expired_key_ends_its_streams(application: Application, clock: HandClock) -> None:
    """No event says so: the clock does."""
    engine = application.engine
    _, presented = engine.submit(
        lambda transaction: api_keys.create(
            engine, transaction, name="short", scope=Scope.READ, expires_in=3600, actor="cli"
        )
    )
    reader = Reader(application, ALL, key=presented)
    clock.advance(3599)
    write(engine, "user:update")
    reader.wait_for("user:update")

    clock.advance(1)

    assert ["user:update"] == [event.type for event in reader.wait_for_end()]


def test_moved_clock_shows_what_it_brought_about(developed: Application) -> None:
    """Past the retention too: what was written before is shown before it is pruned."""
    key = developed.add_key(Scope.READ)
    session = developed.log_in(ALICE).session
    reader = Reader(developed, ALL, key=key)

    for advance in ("8d", "200d"):
        moved = developed.ask("POST", "/dev/clock", {"advance": advance}, client="127.0.0.1")
        assert 200 == moved.status
    reader.wait_for("events:prune")

    assert "gap" not in reader.types
    assert ["session:expire", "session:expired"] == [
        event.type for event in reader.events if event.data["sessionId"] == session.id
    ]
    assert sorted(reader.ids) == reader.ids


def test_reset_is_a_gap_and_ends_the_streams_of_sessions(developed: Application) -> None:
    """API keys stay and hear of what comes; sessions are gone without a word."""
    grant = developed.log_in(ALICE)
    own = Reader(developed, OWN, bearer=grant.access_token)
    everything = Reader(developed, ALL, key=developed.add_key(Scope.READ))
    before = newest(developed.engine)

    answer = developed.ask("POST", "/dev/reset", client="127.0.0.1")
    user = developed.add_user(ALICE)
    created = everything.wait_for("user:create")

    assert 204 == answer.status
    assert ["gap"] == [event.type for event in own.wait_for_end()]
    assert ["gap", "user:create"] == everything.types
    assert {"type": "gap", "after": before, "through": 0} == everything.events[0].data
    assert (1, user.id) == (created.id, created.data["userId"])


def test_stopping_server_ends_streams(install: Install) -> None:
    """All of them, properly, though the application goes on until it is closed."""
    engine = install()
    stopping: list[asyncio.Event] = []

    def make(engine: Engine) -> ASGIApp:
        stopping.append(asyncio.Event())
        return create_app(engine, stopping=stopping[0])

    application = Application(engine, make)
    key = application.add_key(Scope.READ)
    readers = [Reader(application, ALL, key=key) for _ in range(3)]

    application.run(_set(stopping[0]))

    assert [[], [], []] == [reader.wait_for_end() for reader in readers]
    application.close()


async def _set(event: asyncio.Event) -> None:
    event.set()
