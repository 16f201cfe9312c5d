"""The event streams of one worker: what they show, to whom, and in which form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.engine import events, revocation
from protekt_cli.models import Scope
from protekt_cli.server.broadcast import MOST_STREAMS
from protekt_cli.store import sessions as session_table
from tests.conftest import HandClock
from tests.event_streams import ALL, OWN
from tests.journeys.installation import until
from tests.server.application import Application
from tests.server.streaming import Reader, newest, write

ALICE, BOB = "alice@example.com", "bob@example.com"
Start = Callable[..., Application]


@pytest.fixture
def application(start: Start) -> Application:
    """A started application with two users."""
    application = start()
    for email in (ALICE, BOB):
        application.add_user(email)
    return application


def revoke(application: Application, session_id: str) -> None:
    """End a session as the command line does."""
    revocation.revoke(application.engine, revocation.Selection(ids=(session_id,)), actor="cli")


def test_stream_begins_at_once(application: Application) -> None:
    """Headers that nothing on the way holds back, and a comment, before anything has happened."""
    reader = Reader(application, OWN, bearer=application.log_in(ALICE).access_token)

    assert 200 == reader.status
    assert b"text/event-stream" == reader.headers[b"content-type"]
    assert b"no-store" == reader.headers[b"cache-control"]
    assert b"no" == reader.headers[b"x-accel-buffering"]
    assert b"content-length" not in reader.headers
    assert ":\n\n" == reader.text


def test_event_is_its_seq_its_type_and_its_json(application: Application) -> None:
    """What is shown is what the list of events shows, with every member."""
    grant = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=grant.access_token)

    other = application.log_in(ALICE)
    shown = reader.wait_for("session:create")

    assert shown.id == shown.data["seq"]
    assert shown.type == shown.data["type"]
    assert [
        "seq", "id", "type", "at", "userId", "sessionId",
        "deviceId", "ip", "actor", "reason", "data",
    ] == list(shown.data)  # fmt: skip
    assert (other.user.id, other.session.id) == (shown.data["userId"], shown.data["sessionId"])


def test_users_see_their_own_alone(application: Application) -> None:
    """Not what happens to others, nor what administrators do to them."""
    alice = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=alice.access_token)

    application.log_in(BOB)
    write(application.engine, "user:update", "risk:new_device", user_id=alice.user.id)
    write(application.engine, "login:failure", user_id=alice.user.id)
    reader.wait_for("login:failure")

    assert ["login:failure"] == reader.types


def test_text_of_others_cannot_break_a_stream(application: Application) -> None:
    """Line ends of any alphabet within an event do not end a line of the stream."""
    alice = application.log_in(ALICE)
    reader = Reader(application, OWN, bearer=alice.access_token)
    text = "a\n\nid: 1\rb\u2028c\u0085d\x0be"

    application.engine.submit(
        lambda transaction: events.append(
            application.engine,
            transaction,
            "login:failure",
            actor="cli",
            user_id=alice.user.id,
            data={"text": text},
        )
    )

    assert text == reader.wait_for("login:failure").data["data"]["text"]
    assert reader.text.isascii()
    assert 6 == len(reader.text.splitlines())


def test_administrators_see_everything(application: Application) -> None:
    """What has happened since the stream was opened, in the order of the chain."""
    reader = Reader(application, ALL, key=application.add_key(Scope.READ))
    before = newest(application.engine)

    application.log_in(BOB)
    write(application.engine, "key:rotate", "config:change")
    reader.wait_for("config:change")

    assert list(range(before + 1, newest(application.engine) + 1)) == reader.ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=login:*", ["login:success", "login:success"]),
        ("type=session:create&user=alice@example.com", ["session:create"]),
        (f"user={BOB}", ["device:new", "session:create", "login:success"]),
        ("type=nothing", []),
    ],
)
def test_stream_takes_the_filters_of_the_list(
    application: Application, query: str, expected: list[str]
) -> None:
    """All that is given must hold."""
    key = application.add_key(Scope.READ)
    reader = Reader(application, f"{ALL}?{query}", key=key)
    everything = Reader(application, ALL, key=key)

    for email in (ALICE, BOB):
        application.log_in(email)
    write(application.engine, "db:rekey")
    everything.wait_for("db:rekey")
    until(lambda: len(reader.events) >= len(expected), "what is expected")

    assert expected == reader.types


@pytest.mark.parametrize("query", ["since=1h", "limit=5", "type=a&type=b", "users=x"])
def test_filter_that_a_stream_does_not_have_is_refused(
    application: Application, query: str
) -> None:
    """One that was ignored would show what nobody asked for."""
    answer = application.ask("GET", f"{ALL}?{query}", key=application.add_key(Scope.READ))

    assert (400, "invalid_request") == (answer.status, answer.code())


def test_stream_of_one_session(application: Application) -> None:
    """By the start of its id, as elsewhere."""
    session = application.log_in(ALICE).session
    reader = Reader(
        application, f"{ALL}?session={session.id[:22]}", key=application.add_key(Scope.READ)
    )

    application.log_in(ALICE)
    revoke(application, session.id)
    reader.wait_for("session:revoke")

    assert [session.id] == [event.data["sessionId"] for event in reader.events]


def test_opening_a_stream_is_a_use(application: Application, clock: HandClock) -> None:
    """It is a request made with the session's token."""
    grant = application.log_in(ALICE)
    clock.advance(1800)

    Reader(application, OWN, bearer=grant.access_token)
    session = application.engine.read(lambda view: session_table.find(view, grant.session.id))

    assert session is not None
    assert session.idle_expires_at >= grant.session.idle_expires_at + 1800


def test_refused_token_opens_nothing(application: Application) -> None:
    """None, a forged one, one of an ended session, and an API key in the place of one."""
    ended = application.log_in(ALICE)
    revoke(application, ended.session.id)
    key = application.add_key()

    answers = [
        application.ask("GET", OWN),
        application.ask("GET", OWN, bearer="x"),
        application.ask("GET", OWN, bearer=ended.access_token),
        application.ask("GET", OWN, key=key),
    ]

    assert ["missing", "malformed", "session_revoked", "missing"] == [
        answer.json()["reason"] for answer in answers
    ]


def test_admin_stream_needs_a_key_that_may_read(application: Application) -> None:
    """A session is not enough, and neither is an app's key."""
    answers = [
        application.ask("GET", ALL),
        application.ask("GET", ALL, bearer=application.log_in(ALICE).access_token),
        application.ask("GET", ALL, key=application.add_key(Scope.CLIENT)),
    ]

    assert [401, 401, 403] == [answer.status for answer in answers]


def test_cookie_opens_a_stream(application: Application) -> None:
    """As a page does, whose EventSource cannot send headers."""
    grant = application.log_in(ALICE)
    cookie = (b"cookie", f"session_token={grant.access_token}".encode())

    assert 200 == Reader(application, OWN, headers=[cookie]).status


def test_head_is_answered_without_a_stream(application: Application) -> None:
    """The headers of GET, and the end."""
    token = application.log_in(ALICE).access_token

    head = application.ask("HEAD", OWN, bearer=token)

    assert (200, b"text/event-stream") == (head.status, head.header(b"content-type"))
    assert b"" == head.body


def test_reader_who_leaves_is_forgotten(application: Application) -> None:
    """The application notices, and the others go on."""
    key = application.add_key(Scope.READ)
    leaving, staying = Reader(application, ALL, key=key), Reader(application, ALL, key=key)

    leaving.leave()
    write(application.engine, "db:rekey")
    staying.wait_for("db:rekey")

    assert [] == leaving.events


def test_session_has_only_so_many_streams(application: Application) -> None:
    """One session must not take every connection; what is closed makes room, others have theirs."""
    grant = application.log_in(ALICE)
    open_ = [Reader(application, OWN, bearer=grant.access_token) for _ in range(MOST_STREAMS)]

    refused = Reader(application, OWN, bearer=grant.access_token)
    other = Reader(application, OWN, bearer=application.log_in(ALICE).access_token)
    open_[0].leave()
    until(lambda: Reader(application, OWN, bearer=grant.access_token).status == 200, "room")

    assert (503, b"1") == (refused.status, refused.headers[b"retry-after"])
    assert 200 == other.status
