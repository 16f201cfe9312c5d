"""Events by the admin API: the last ones, oldest first, filtered as on the command line."""

from __future__ import annotations

import pytest

from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator


def test_page_holds_the_last_events_oldest_first(boss: Administrator, alice: Person) -> None:
    """And its cursor leads to those before."""
    for _ in range(3):
        alice.login()
    whole = [item["seq"] for item in boss.get("events", limit=1000)["items"]]

    page = boss.get("events", limit=3)
    before = boss.get("events", limit=3, cursor=page["nextCursor"])

    assert whole == list(range(1, len(whole) + 1))
    assert [item["seq"] for item in page["items"]] == whole[-3:]
    assert [item["seq"] for item in before["items"]] == whole[-6:-3]


def test_event_has_exactly_its_members(boss: Administrator, alice: Person) -> None:
    """Null where there is nothing."""
    session = alice.login().session

    (event,) = boss.events("session:create")

    assert event == {
        "seq": event["seq"],
        "id": event["id"],
        "type": "session:create",
        "at": session.created_at,
        "userId": alice.id,
        "sessionId": session.id,
        "deviceId": session.device_id,
        "ip": None,
        "actor": alice.id,
        "reason": None,
        "data": {},
    }


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("session:create", {"session:create"}),
        ("session:*", {"session:create", "session:revoke"}),
        ("*:create", {"session:create", "user:create", "apikey:create"}),
        ("login:s?ccess", set()),
        ("login:[s]uccess", set()),
        ("SESSION:*", set()),
        ("", set()),
    ],
)
def test_type_takes_a_pattern(
    boss: Administrator, alice: Person, pattern: str, expected: set[str]
) -> None:
    """In which `*` stands for any text, and nothing else for anything but itself."""
    boss.ask("DELETE", f"sessions/{alice.login().session.id}")

    items = boss.get("events", type=pattern)["items"]

    assert {item["type"] for item in items} == expected


def test_filters_combine(
    boss: Administrator, alice: Person, add_user: AddUser, clock: HandClock
) -> None:
    """By user and session, whole or cut, and by when it was written."""
    bob = add_user(alice.engine, "bob@example.com", alice.password)
    hers, his = alice.login().session, bob.login().session
    clock.advance(60)
    boss.ask("DELETE", f"sessions/{hers.id}")
    at = clock.now().seconds

    def types(**query: object) -> list[str]:
        return [item["type"] for item in boss.get("events", **query)["items"]]

    for user in (alice.email, alice.id, alice.id[:20]):
        assert types(user=user, type="session:*") == ["session:create", "session:revoke"]
    for session in (hers.id, hers.id[:20]):
        assert types(session=session, type="session:*") == ["session:create", "session:revoke"]
    assert types(user=alice.id, since=at) == types(session=hers.id, since="59s")
    assert types(user=alice.id, since=at) == ["session:revoke"]
    assert types(user=alice.id, session=his.id) == []


def test_events_of_what_is_gone_are_listed_by_whole_ids(boss: Administrator, alice: Person) -> None:
    """What is left of a deleted user are its events."""
    session = alice.login().session
    boss.ask("DELETE", f"users/{alice.id}")

    assert boss.get("events", user=alice.id)["items"][-1]["type"] == "user:delete"
    assert boss.get("events", session=session.id)["items"]
    assert boss.ask("GET", "events", user=alice.id[:20]).code() == "not_found"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"user": "nobody@example.com"}, 404, "not_found"),
        ({"user": "user_00000000000000000000000000"}, 404, "not_found"),
        ({"session": "sess_00000000"}, 404, "not_found"),
        ({"session": "sess_01"}, 400, "ambiguous_id"),
        ({"since": "yesterday"}, 400, "invalid_request"),
        ({"device": "dev_00000000"}, 400, "invalid_request"),
    ],
)
def test_filter_that_means_nothing_is_refused(
    boss: Administrator, query: dict[str, str], status: int, code: str
) -> None:
    """Rather than show everything, or nothing."""
    answered = boss.ask("GET", "events", **query)

    assert (answered.status, answered.code()) == (status, code)


def test_pages_lead_back_while_events_are_written(boss: Administrator, alice: Person) -> None:
    """Those that come meanwhile are on no page that is still to come."""
    for _ in range(3):
        alice.login()
    whole = boss.ids("events", limit=1000)
    page = boss.get("events", limit=2)
    seen = [item["id"] for item in page["items"]]

    while page["nextCursor"] is not None:
        alice.login()
        page = boss.get("events", limit=2, cursor=page["nextCursor"])
        seen = [item["id"] for item in page["items"]] + seen

    assert seen == whole
