"""Everybody's sessions by the admin API: listed and filtered, shown, ended."""

from __future__ import annotations

import pytest

from protekt_cli.models import Caller
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator

DAY = 24 * 3600


@pytest.fixture
def bob(alice: Person, add_user: AddUser) -> Person:
    """Another user."""
    return add_user(alice.engine, "bob@example.com", alice.password)


def test_list_shows_the_active_ones_newest_first(
    boss: Administrator, alice: Person, bob: Person, clock: HandClock
) -> None:
    """Of everybody, as the command line does."""
    first, ended = alice.login().session, bob.login().session
    clock.advance(1)
    last = bob.login(Caller("192.0.2.1", "curl/8")).session
    boss.ask("DELETE", f"sessions/{ended.id}")

    items = boss.get("sessions")["items"]

    assert [item["id"] for item in items] == [last.id, first.id]
    assert items[0] == boss.get(f"sessions/{last.id}")
    assert (items[0]["userEmail"], items[0]["ip"]) == (bob.email, "192.0.2.1")
    assert [item["current"] for item in items] == [False, False]


def test_list_filters_by_status(boss: Administrator, alice: Person, clock: HandClock) -> None:
    """As it is now, whether or not an end is on record."""
    expired = alice.login().session.id
    clock.advance(DAY)
    revoked, active = alice.login().session.id, alice.login().session.id
    boss.ask("DELETE", f"sessions/{revoked}")

    listed = {status: boss.ids("sessions", status=status) for status in ("active", "all")}

    assert boss.ids("sessions", status="expired") == [expired]
    assert boss.ids("sessions", status="revoked") == [revoked]
    assert listed["active"] == [active]
    assert set(listed["all"]) == {expired, revoked, active}


def test_list_filters_by_user_and_device(boss: Administrator, alice: Person, bob: Person) -> None:
    """By id, the start of one, or for users the e-mail; all that is given must hold."""
    hers, his = alice.login().session, bob.login().session

    for user in (alice.id, alice.id[:20], alice.email, " ALICE@example.com"):
        assert boss.ids("sessions", user=user) == [hers.id]
    for device in (his.device_id, his.device_id[:25]):
        assert boss.ids("sessions", device=device) == [his.id]
    assert boss.ids("sessions", user=alice.id, device=his.device_id) == []


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("192.0.2.0/24", ["192.0.2.7", "192.0.2.8"]),
        ("::ffff:192.0.2.7", ["192.0.2.7"]),
        ("2001:DB8:0::1", ["2001:db8::1"]),
        ("2001:db8::/32", ["2001:db8::1"]),
        ("0.0.0.0/0", ["192.0.2.7", "192.0.2.8"]),
        ("198.51.100.1", []),
    ],
)
def test_list_filters_by_address(
    boss: Administrator, alice: Person, ip: str, expected: list[str]
) -> None:
    """One, or a network; a session without one is in none."""
    for address in ("192.0.2.7", "192.0.2.8", "2001:db8::1", None):
        alice.login(Caller(address))

    items = boss.get("sessions", ip=ip)["items"]

    assert sorted(item["ip"] for item in items) == expected


def test_list_filters_by_when_last_active(
    boss: Administrator, alice: Person, clock: HandClock
) -> None:
    """Unix seconds, ISO 8601, or a duration ago."""
    old = alice.login().session
    clock.advance(60)
    new = alice.login().session
    at = clock.now().seconds

    for since in (at, "2027-01-15T08:01:00Z", "2027-01-15T09:01:00+01:00", "59s", "0"):
        assert boss.ids("sessions", since=since)[0] == new.id
    assert boss.ids("sessions", since=at) == [new.id]
    assert boss.ids("sessions", since="1m") == [new.id, old.id]
    assert boss.ids("sessions", since=at + 1) == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"user": "nobody@example.com"}, 404, "not_found"),
        ({"user": "user_00000000"}, 404, "not_found"),
        ({"user": ""}, 404, "not_found"),
        ({"device": "dev_00000000"}, 404, "not_found"),
        ({"device": "dev_01"}, 400, "ambiguous_id"),
        ({"user": "user_01"}, 400, "ambiguous_id"),
        ({"status": "dead"}, 400, "invalid_request"),
        ({"sort": "ip"}, 400, "invalid_request"),
        ({"ip": "here"}, 400, "invalid_request"),
        ({"ip": ""}, 400, "invalid_request"),
        ({"ip": "192.0.2.0/33"}, 400, "invalid_request"),
        ({"since": "yesterday"}, 400, "invalid_request"),
        ({"since": "-5"}, 400, "invalid_request"),
    ],
)
def test_list_refuses_a_filter_that_means_nothing(
    boss: Administrator, alice: Person, query: dict[str, str], status: int, code: str
) -> None:
    """Rather than show everything, or nothing."""
    answered = boss.ask("GET", "sessions", **query)

    assert (answered.status, answered.code()) == (status, code)


def test_session_is_shown_with_its_note(boss: Administrator, alice: Person) -> None:
    """Which its user is not shown."""
    ended, other = alice.login(), alice.login()
    boss.ask("POST", "sessions/revoke", {"ids": [ended.session.id], "reason": "lost her phone"})

    shown = boss.get(f"sessions/{ended.session.id[:20]}")
    theirs = boss.app.ask("GET", "/v1/sessions?status=revoked", bearer=other.access_token)

    assert (shown["status"], shown["endNote"]) == ("revoked", "lost her phone")
    assert [each["endNote"] for each in theirs.json()["sessions"]] == [None]


def test_end_is_a_revocation(boss: Administrator, alice: Person) -> None:
    """At once, with the key as the actor; doing it twice changes nothing."""
    grant = alice.login()

    answered = [boss.ask("DELETE", f"sessions/{grant.session.id}") for _ in range(2)]

    assert [(each.status, each.body) for each in answered] == [(204, b"")] * 2
    refused = boss.app.ask("GET", "/v1/session", bearer=grant.access_token).json()
    assert (refused["reason"], refused["endReason"]) == ("session_revoked", "revoked")
    assert [(e["actor"], e["reason"]) for e in boss.events("session:revoke")] == [
        (boss.id, "revoked")
    ]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_session_that_is_not_there_is_404(boss: Administrator, method: str) -> None:
    """And a start that is too short says so."""
    unknown = boss.ask(method, "sessions/sess_0000000000")
    short = boss.ask(method, "sessions/sess_00")

    assert (unknown.status, unknown.code()) == (404, "not_found")
    assert (short.status, short.code()) == (400, "ambiguous_id")
