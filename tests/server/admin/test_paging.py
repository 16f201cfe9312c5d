"""Pages of the admin API's lists: how long, where they go on, and which cursors they take."""

from __future__ import annotations

import pytest

from tests.conftest import HandClock, Person
from tests.server.admin.asking import LISTS, Administrator

SORTS = ("created", "-created", "active", "-active", "expires", "-expires", "user", "-user")


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
