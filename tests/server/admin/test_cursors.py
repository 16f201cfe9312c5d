"""Cursors of the admin API's lists: each is a place in one list, for one query, in one spelling."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.core import base64url
from tests.conftest import Person
from tests.server.admin.asking import LISTS, Administrator


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
    boss.ask("POST", "keys/rotate")
    boss.ask("POST", "apikeys", {"name": "another"})
    lists = (*LISTS, "keys", "apikeys")
    cursors = {path: boss.get(path, limit=1)["nextCursor"] for path in lists}
    assert None not in cursors.values()

    for path, other in pairwise((*lists, lists[0])):
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
