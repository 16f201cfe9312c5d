"""Pages of the admin API's lists: how long, where they go on, and which cursors they take."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.core import base64url
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator

LISTS = ("users", "sessions", "devices", "events")
SORTS = ("created", "-created", "active", "-active", "expires", "-expires", "user", "-user")


@pytest.fixture
def crowd(boss: Administrator, alice: Person, add_user: AddUser, clock: HandClock) -> Person:
    """Alice and Bob, who log in three times each, a second apart."""
    bob = add_user(alice.engine, "bob@example.com", alice.password)
    for person in (alice, bob, bob, alice, bob, alice):
        person.login()
        clock.advance(1)
    return bob


@pytest.mark.parametrize("path", LISTS)
def test_pages_make_up_the_whole_list(boss: Administrator, crowd: Person, path: str) -> None:
    """Each but the last as long as was asked for; of events the earlier page is the later one."""
    whole = boss.ids(path, limit=1000)

    pages = boss.pages(path, limit=2)

    in_order = reversed(pages) if path == "events" else pages
    assert [id_ for page in in_order for id_ in page] == whole
    assert all(len(page) == 2 for page in pages[:-1])
    assert 1 <= len(pages[-1]) <= 2


@pytest.mark.parametrize("sort", SORTS)
def test_sessions_come_in_every_order(boss: Administrator, crowd: Person, sort: str) -> None:
    """By its key, ids breaking ties; in pages as in one."""
    key = {"created": "id", "active": "lastActiveAt", "expires": "expiresAt", "user": "userEmail"}
    items = boss.get("sessions", sort=sort)["items"]

    pages = boss.pages("sessions", sort=sort, limit=4)

    keys = [(item[key[sort.lstrip("-")]], item["id"]) for item in items]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert [id_ for page in pages for id_ in page] == [item["id"] for item in items]
    assert [len(page) for page in pages] == [4, 2]


def test_page_that_is_just_full_may_be_the_last(boss: Administrator, crowd: Person) -> None:
    """No cursor leads to nothing."""
    assert [len(page) for page in boss.pages("sessions", limit=6)] == [6]
    assert [len(page) for page in boss.pages("sessions", limit=3)] == [3, 3]


def test_page_has_fifty_items_unless_told(boss: Administrator, alice: Person) -> None:
    """And a thousand at most."""
    for _ in range(51):
        alice.login()

    assert len(boss.get("sessions")["items"]) == 50
    assert len(boss.get("sessions", limit=1000)["items"]) == 51


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "1.0", "", " 1", "+1", "١", "1" * 99])
def test_limit_that_is_impossible_is_refused(boss: Administrator, path: str, limit: str) -> None:
    """More than is allowed too: nobody takes a cut list for a whole one."""
    answered = boss.ask("GET", path, limit=limit)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert "limit" in answered.json()["detail"]


@pytest.mark.parametrize("path", LISTS)
def test_parameter_that_is_unknown_is_refused(boss: Administrator, path: str) -> None:
    """A misspelt filter shows more than was asked for."""
    answered = boss.ask("GET", path, usr="alice@example.com")

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert answered.json()["detail"] == "unknown query parameter: usr"


@pytest.mark.parametrize("query", ["limit=1&limit=2", "user=a@b&user=a@b", "cursor=&cursor="])
def test_parameter_that_is_there_twice_is_refused(boss: Administrator, query: str) -> None:
    """One of them would not count."""
    answered = boss.ask("GET", f"sessions?{query}")

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert "twice" in answered.json()["detail"]


def test_cursor_belongs_to_its_filter_and_order(
    boss: Administrator, crowd: Person, alice: Person
) -> None:
    """With any other it is no place; the length of a page may change."""
    query = {"user": crowd.email, "sort": "-active", "since": "7d"}
    cursor = boss.get("sessions", limit=1, **query)["nextCursor"]

    same = boss.ask("GET", "sessions", cursor=cursor, limit=2, **query)
    by_id = boss.ask("GET", "sessions", cursor=cursor, **{**query, "user": crowd.id})
    others = [
        boss.ask("GET", "sessions", cursor=cursor, **{**query, **other})
        for other in (
            {"user": alice.email},
            {"sort": "active"},
            {"sort": "-created"},
            {"since": "6d"},
            {"status": "all"},
            {"ip": "192.0.2.7"},
        )
    ]

    assert (len(same.json()["items"]), same.json()["nextCursor"]) == (2, None)
    assert [item["userId"] for item in by_id.json()["items"]] == [crowd.id] * 2
    assert {(each.status, each.code()) for each in others} == {(400, "invalid_request")}
    assert {each.json()["detail"] for each in others} == {"cursor: it belongs to another query"}


def test_cursor_of_one_list_is_none_of_another(boss: Administrator, crowd: Person) -> None:
    """Each list has its own places."""
    cursors = {path: boss.get(path, limit=1)["nextCursor"] for path in LISTS}

    for path, other in pairwise((*LISTS, LISTS[0])):
        answered = boss.ask("GET", other, cursor=cursors[path])

        assert (answered.status, answered.code()) == (400, "invalid_request"), (path, other)


def place_of(cursor: str) -> list[Any]:
    """Return what a cursor says: the question, when it was first asked, a key and an id."""
    place: list[Any] = json.loads(base64url.decode(cursor))
    return place


def forged(*value: object) -> str:
    return base64url.encode(json.dumps(value, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "null",
        "e30",
        "eyJhIjoxfQ==",
        "\0",
        forged(),
        forged("q", 1, None),
        forged("q", 1, None, None),
        forged("q", None, None, "sess_1"),
        forged("q", True, None, "sess_1"),
        forged("q", 1, 1.5, "sess_1"),
        forged("q", 1, 2**63, "sess_1"),
        forged("q", -(2**53), None, "sess_1"),
        forged("q", 1, [[]], "sess_1"),
        forged("q", 1, None, "sess_1", "more"),
        forged(*[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]),
    ],
)
def test_cursor_that_is_none_is_refused(boss: Administrator, cursor: str) -> None:
    """Whatever was put in its place."""
    answered = boss.ask("GET", "sessions", cursor=cursor)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert answered.json()["detail"].startswith("cursor: ")


@pytest.mark.parametrize(
    ("as_of", "key", "id_"),
    [
        (None, 1, "sess_1"),
        (True, 1, "sess_1"),
        ("now", 1, "sess_1"),
        (-(2**53), 1, "sess_1"),
        (1.5, 1, "sess_1"),
        (1, 2**63, "sess_1"),
        (1, 1.5, "sess_1"),
        (1, [], "sess_1"),
        (1, False, "sess_1"),
        (1, 1, None),
        (1, 1, 1),
    ],
)
def test_place_that_cannot_be_is_refused(
    boss: Administrator, crowd: Person, as_of: object, key: object, id_: object
) -> None:
    """Though it claims to belong to this very query."""
    query = {"sort": "active", "since": "1d"}
    question, *_ = place_of(boss.get("sessions", limit=1, **query)["nextCursor"])

    answered = boss.ask("GET", "sessions", cursor=forged(question, as_of, key, id_), **query)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert answered.json()["detail"] == "cursor: it is none"


def test_cursor_has_one_spelling(boss: Administrator, crowd: Person) -> None:
    """The same place with a blank in it is none of ours."""
    cursor = boss.get("sessions", limit=1)["nextCursor"]

    respelt = base64url.encode(json.dumps(place_of(cursor)).encode())

    assert forged(*place_of(cursor)) == cursor != respelt
    assert boss.ask("GET", "sessions", cursor=cursor).status == 200
    assert boss.ask("GET", "sessions", cursor=respelt).code() == "invalid_request"


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(data=st.data())
def test_cursor_that_was_changed_is_never_a_fault(
    boss: Administrator, crowd: Person, data: st.DataObject
) -> None:
    """It leads nowhere, or to another place of the list."""
    cursor = boss.get("sessions", limit=2, sort="expires")["nextCursor"]
    at = data.draw(st.integers(0, len(cursor) - 1))
    put = data.draw(st.text(st.characters(max_codepoint=0x17F), max_size=2))

    changed = cursor[:at] + put + cursor[at + 1 :]
    answered = boss.ask("GET", "sessions", cursor=changed, sort="expires")

    assert answered.status in (200, 400)


def test_list_stays_right_while_sessions_come_and_go(
    boss: Administrator, crowd: Person, clock: HandClock
) -> None:
    """Those that stay are there once each, by HTTP as in the store."""
    there = boss.ids("sessions")
    page = boss.get("sessions", limit=2)
    seen = [item["id"] for item in page["items"]]
    gone = there[4]

    while page["nextCursor"] is not None:
        crowd.login()
        clock.advance(1)
        boss.ask("DELETE", f"sessions/{gone}")
        page = boss.get("sessions", limit=2, cursor=page["nextCursor"])
        seen += [item["id"] for item in page["items"]]

    assert seen == [id_ for id_ in there if id_ != gone]


def test_since_a_duration_ago_is_counted_from_the_first_page(
    boss: Administrator, crowd: Person, clock: HandClock
) -> None:
    """What it showed then does not slip away while one reads."""
    whole = boss.ids("sessions", since="6s")
    page = boss.get("sessions", since="6s", limit=2)
    seen = [item["id"] for item in page["items"]]

    while page["nextCursor"] is not None:
        clock.advance(2)
        page = boss.get("sessions", since="6s", limit=2, cursor=page["nextCursor"])
        seen += [item["id"] for item in page["items"]]

    assert len(whole) == 6
    assert seen == whole
    assert boss.ids("sessions", since="6s") == whole[:2]
