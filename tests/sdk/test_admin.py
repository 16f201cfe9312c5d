"""The admin client: pages are read as they are needed, bodies say what was given, streams go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest

from protekt_cli.sdk import Admin, ProtektError
from protekt_cli.sdk.frames import OPENED, Frame
from tests.sdk.answering import Answering, Canned, answering

KEY = {"kid": "key_1", "algorithm": "ES256", "status": "active", "createdAt": 1, "retiredAt": None}
REVOKED = {"revoked": 0, "ids": [], "notFound": [], "dryRun": False}


@contextmanager
def administering(*answers: Canned) -> Iterator[tuple[Admin, Answering]]:
    """Give a client, and the server that it asks."""
    with answering(*answers) as server, Admin.at(server.url, "pk") as admin:
        yield admin, server


def page(cursor: str | None, *items: dict[str, Any]) -> Canned:
    """Return a page of a list."""
    return Canned.json(200, {"items": items, "nextCursor": cursor})


def events(*seqs: int) -> list[dict[str, Any]]:
    """Return events of these numbers."""
    absent = ("id", "type", "at", "userId", "sessionId", "deviceId", "ip", "actor", "reason")
    return [{"seq": seq, **dict.fromkeys(absent), "data": {}} for seq in seqs]


def stream(*parts: str) -> Canned:
    """Return what a stream says to its end."""
    return Canned(200, "".join(parts).encode(), {"Content-Type": "text/event-stream"})


def test_list_is_read_page_by_page_as_it_is_consumed() -> None:
    """Each page where the last one ended, with the same filters; none in advance."""
    with administering(page("two", KEY, KEY), page(None, KEY)) as (admin, server):
        listed = admin.list_keys(page=2)
        first = list(islice(listed, 2))
        asked_so_far = len(server.asked)
        rest = list(listed)

    assert (2, 1, 1) == (len(first), asked_so_far, len(rest))
    assert ["?limit=2", "?limit=2&cursor=two"] == [
        asked.target.removeprefix("/v1/admin/keys") for asked in server.asked
    ]


def test_list_of_something_else_is_no_list() -> None:
    """Members that are missing are found before anybody misses them."""
    with (
        administering(page(None, {"id": "key_1"})) as (admin, _),
        pytest.raises(ProtektError, match="no Protekt"),
    ):
        list(admin.list_keys())


def test_events_come_oldest_first_over_all_pages() -> None:
    """The server gives the last page first."""
    pages = page("older", *events(3, 4)), page("oldest", *events(2)), page(None, *events(1))
    with administering(*pages) as (admin, _):
        found = admin.list_events(0)

    assert [1, 2, 3, 4] == [event["seq"] for event in found]


def test_no_more_events_are_asked_for_than_are_wanted() -> None:
    """The last page is as short as what is missing."""
    pages = page("older", *events(4, 5)), page("oldest", *events(3))
    with administering(*pages) as (admin, server):
        found = admin.list_events(3, type="session:*")

    assert [3, 4, 5] == [event["seq"] for event in found]
    assert ["type=session%3A%2A&limit=3", "type=session%3A%2A&limit=1&cursor=older"] == [
        asked.target.partition("?")[2] for asked in server.asked
    ]


def test_body_says_what_was_given_and_nothing_else() -> None:
    """What is None is left out, but where a change takes it away."""
    user = dict.fromkeys(
        ("id", "email", "name", "status", "metadata", "createdAt", "updatedAt", "lastLoginAt")
    )
    with administering(Canned.json(200, user)) as (admin, server):
        admin.create_user("a@example.com", metadata={})
        admin.update_user("a@example.com", {"name": None})

    assert [
        ("POST", {"email": "a@example.com", "metadata": {}}),
        ("PATCH", {"name": None}),
    ] == [(asked.method, asked.body) for asked in server.asked]


def test_selectors_go_as_they_are() -> None:
    """An empty list of ids selects nothing, and is no absent one."""
    with administering(Canned.json(200, REVOKED)) as (admin, server):
        admin.revoke_sessions({"ids": [], "dryRun": True})

    assert {"ids": [], "dryRun": True} == server.asked[0].body


def test_stream_gives_events_and_gaps_and_no_comments() -> None:
    """What is cut off in the middle is no event."""
    said = stream(
        ":\n\n",
        'id: 7\nevent: gap\ndata: {"type":"gap","through":7}\n\n',
        'id: 8\nevent: session:create\ndata: {"seq":8}\n\n',
        ':\n\nid: 9\nevent: session:revoke\ndata: {"seq":9}\n',
    )
    with administering(said) as (admin, server):
        frames = list(admin.follow_events(after=3))

    assert [
        OPENED,
        Frame("gap", {"type": "gap", "through": 7}),
        Frame("session:create", {"seq": 8}),
    ] == frames
    assert "3" == server.asked[0].headers["Last-Event-ID"]


@pytest.mark.parametrize(
    "canned",
    [
        Canned(200, b"<html></html>", {"Content-Type": "text/html"}),
        stream("event: x\ndata: no JSON\n\n"),
        stream("event: x\ndata: [1]\n\n"),
    ],
)
def test_stream_of_something_else_is_refused(canned: Canned) -> None:
    """Not followed for ever in silence."""
    with (
        administering(canned) as (admin, _),
        pytest.raises(ProtektError, match="no Protekt"),
    ):
        list(admin.follow_events())


def test_refused_stream_is_an_error_of_its_code() -> None:
    """As every request."""
    refusal = Canned.json(403, {"detail": "no", "code": "forbidden"})
    with administering(refusal) as (admin, _), pytest.raises(ProtektError) as refused:
        list(admin.follow_events())

    assert ("forbidden", 403) == (refused.value.code, refused.value.status)
