"""Many clients at once, over real connections: nothing fails, and no session forks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from tests.journeys.asking import PATIENCE, Answer, Client
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server

T = TypeVar("T")
LIVES = 100
CLIENTS = 8
TABS = 64


def in_parallel(work: Callable[[int], T], count: int) -> list[T]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def live(client: Client) -> list[Answer]:
    """Log in, refresh, use, revoke, and be refused, over one connection."""
    login = client.ask(
        "POST", "/v1/sessions", {"type": "password", "email": EMAIL, "password": PASSWORD}
    )
    refreshed = client.ask(
        "POST", "/v1/sessions/refresh", {"refreshToken": login.json()["refreshToken"]}
    )
    token = refreshed.json()["sessionToken"]
    return [
        login,
        refreshed,
        client.ask("GET", "/v1/session", token=token),
        client.ask("POST", "/v1/sessions/revoke", token=token),
        client.ask("GET", "/v1/session", token=token),
    ]


def test_hundred_lives_pass_without_an_error(installation: Installation) -> None:
    """A hundred sessions are made, refreshed, used and revoked by eight clients at once."""
    with installation.serve() as server:
        lives = shared_out(server)
        statuses = [[answer.status for answer in life] for life in lives]

    listed = installation.run("sessions", "list", "--status", "all", "--limit", "0", "--json")

    assert statuses == [[201, 200, 200, 200, 401]] * LIVES
    assert {(LIVES, "revoked", "logout")} == {
        (len(listed.json()), session["status"], session["endReason"]) for session in listed.json()
    }
    assert len({session["id"] for session in listed.json()}) == LIVES


def shared_out(server: Server) -> list[list[Answer]]:
    """Return all lives, lived over one connection a client."""

    def lives_of(number: int) -> list[list[Answer]]:
        with Client(server.port) as client:
            return [live(client) for _ in range(number, LIVES, CLIENTS)]

    return [life for lives in in_parallel(lives_of, CLIENTS) for life in lives]


def test_parallel_refreshes_of_one_token_rotate_once(installation: Installation) -> None:
    """Sixty-four connections present one token at once: one successor, one rotation, no fork."""
    with installation.serve() as server:
        session = server.login(EMAIL, PASSWORD)
        answers = presented_at_once(server, session["refreshToken"])
        granted = [answer.json() for answer in answers]
        successor = server.refresh(granted[0]["refreshToken"])

    assert [answer.status for answer in answers] == [200] * TABS
    assert len({one["refreshToken"] for one in granted}) == 1
    assert {1} == {one["refreshGeneration"] for one in granted}
    assert {session["sessionId"]} == {one["sessionId"] for one in granted}
    assert (successor.status, successor.json()["refreshGeneration"]) == (200, 2)
    assert kinds_of_refresh(installation) == {"rotated": 2, "concurrent": TABS - 1}


def presented_at_once(server: Server, token: str) -> Sequence[Answer]:
    """Present a refresh token over connections that are all open before the first one asks."""
    ready = Barrier(TABS, timeout=PATIENCE)

    def present(_: int) -> Answer:
        with Client(server.port) as client:
            ready.wait()
            return client.ask("POST", "/v1/sessions/refresh", {"refreshToken": token})

    return in_parallel(present, TABS)


def kinds_of_refresh(installation: Installation) -> dict[Any, int]:
    """Return how many refreshes of each kind were recorded."""
    events = installation.rows("SELECT data FROM events WHERE type = 'session:refresh'")
    return dict(Counter(json.loads(data)["kind"] for (data,) in events))
