"""Forward-auth with real proxies: only who is logged in gets through, and the app learns who."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.installation import Installation, Server
from tests.journeys.proxying import Proxy, app, free_port, is_there, proxy

EMAIL, PASSWORD = "zoë%@example.com", "trumpet majors"
SPELLED = "zo%C3%AB%25@example.com"
NAMES = ("x-auth-user-id", "x-auth-user-email", "x-auth-session-id")
#: So that what a session can be bound to must get through too.
BOUND = {
    "PROTEKT_SESSIONS_DEVICE_BINDING": "enforce",
    "PROTEKT_SESSIONS_IP_MATCHING": "enforce",
    "PROTEKT_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]',
}


def skipped_where_missing(name: str) -> Any:
    missing = not is_there(name) or (name == "nginx" and os.geteuid() != 0)
    reason = f"{name} is not installed here, or needs to be started by root"
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=reason))


PROXIES = [skipped_where_missing(name) for name in ("nginx", "caddy", "traefik", "envoy")]


@pytest.fixture(scope="module")
def bound(shared: Installation) -> Iterator[Server]:
    """A server that enforces both bindings, behind a proxy that it trusts."""
    made = shared.run("users", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
    assert 0 == made.code, made
    with shared.serve(environ=BOUND) as server:
        yield server


@pytest.fixture(scope="module")
def app_port() -> Iterator[int]:
    """An app that says what it was asked."""
    with app() as port:
        yield port


@pytest.fixture(scope="module", params=PROXIES)
def guarding(
    request: pytest.FixtureRequest, shared: Installation, bound: Server, app_port: int
) -> Iterator[Proxy]:
    """A proxy before the app, which asks the server."""
    with proxy(shared, request.param, app_port=app_port, protekt_port=bound.port) as running:
        yield running


def by_bearer(session: Any) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {session['sessionToken']}",
        "X-Device-Id": session["deviceId"],
    }


def by_cookie(session: Any) -> dict[str, str]:
    return {"Cookie": f"session_token={session['sessionToken']}; device_id={session['deviceId']}"}


def named(seen: Any) -> list[list[str]]:
    """Return what the app got under anything like the names that it trusts."""
    return sorted(
        [name, value] for name, value in seen["headers"] if name.replace("_", "-") in NAMES
    )


def identity(session: Any) -> list[list[str]]:
    values = (session["user"]["id"], SPELLED, session["sessionId"])
    return sorted(map(list, zip(NAMES, values, strict=True)))


@pytest.mark.parametrize("present", [by_bearer, by_cookie], ids=["bearer", "cookie"])
def test_who_is_logged_in_gets_through(guarding: Proxy, bound: Server, present: Any) -> None:
    """The app learns whose the request is, and gets it as it was sent."""
    session = bound.login(EMAIL, PASSWORD)
    headers = present(session)

    seen = guarding.seen("GET", "/a/b%20c?x=1&token=2", headers=headers)

    assert identity(session) == named(seen)
    assert ("GET", "/a/b%20c?x=1&token=2") == (seen["method"], seen["target"])
    assert {name.lower(): value for name, value in headers.items()}.items() <= dict(
        seen["headers"]
    ).items()


def test_forged_headers_are_replaced(guarding: Proxy, bound: Server) -> None:
    """In whatever spelling, and one by one: the app sees each name once, as Protekt said it."""
    session = bound.login(EMAIL, PASSWORD)
    forged = {
        "X-Auth-User-Id": "user_forged",
        "x-auth-user-email": "root@example.com",
        "X-AUTH-SESSION-ID": "sess_forged",
        "X_Auth_User_Id": "user_forged",
        "X-Auth_User-Email": "root@example.com",
    }

    seen = [
        guarding.seen("GET", "/", headers=by_bearer(session) | given)
        for given in (forged, *({name: value} for name, value in forged.items()))
    ]

    assert [identity(session)] * 6 == [named(each) for each in seen]


def test_names_that_only_look_alike_are_removed(guarding: Proxy, bound: Server) -> None:
    """Apps may come to trust them too; nginx alone removes no headers by how they begin."""
    session = bound.login(EMAIL, PASSWORD)

    seen = guarding.seen("GET", "/", headers=by_bearer(session) | {"X-Auth-Role": "admin"})

    assert (guarding.name == "nginx") == (["x-auth-role", "admin"] in seen["headers"])


def test_body_reaches_the_app_whole(guarding: Proxy, bound: Server) -> None:
    """The question before it takes nothing of it."""
    session = bound.login(EMAIL, PASSWORD)
    body = b"long and whole, " * 100_000

    seen = [guarding.seen(method, "/", body, by_cookie(session)) for method in ("POST", "PUT")]

    assert ["POST", "PUT"] == [each["method"] for each in seen]
    assert [True, True] == [body.decode() == each["body"] for each in seen]


def test_key_of_the_app_is_no_matter(guarding: Proxy, bound: Server) -> None:
    """What the app calls an API key too goes to the app alone."""
    session = bound.login(EMAIL, PASSWORD)

    seen = guarding.seen("GET", "/", headers=by_bearer(session) | {"X-API-Key": "the app's"})

    assert ["x-api-key", "the app's"] in seen["headers"]


def test_who_is_not_logged_in_does_not(guarding: Proxy) -> None:
    """Whatever names they give themselves; clients hear how to do better."""
    forged = {"X-Auth-User-Id": "user_forged", "Authorization": "Bearer x"}

    answers = [guarding.ask("GET", "/", headers=headers) for headers in ({}, forged)]

    assert [401, 401] == [answer.status for answer in answers]
    assert "Bearer" == answers[0].header("WWW-Authenticate")


def test_revoked_session_does_not_from_then_on(guarding: Proxy, bound: Server) -> None:
    """There is nothing that a proxy remembers."""
    session = bound.login(EMAIL, PASSWORD)
    before = guarding.ask("GET", "/", headers=by_cookie(session))
    bound.ask("POST", "/v1/sessions/revoke", token=session["sessionToken"])

    after = guarding.ask("GET", "/", headers=by_cookie(session))

    assert (200, 401) == (before.status, after.status)


def test_device_and_address_are_the_clients(guarding: Proxy, bound: Server) -> None:
    """They get to Protekt past the proxy, and what a client says of its own address does not."""
    session = bound.login(EMAIL, PASSWORD)
    claimed = by_bearer(session) | {"X-Forwarded-For": "127.0.0.1"}

    answers = [
        guarding.ask("GET", "/", headers=by_bearer(session) | {"X-Device-Id": "dev_other"}),
        guarding.ask("GET", "/", headers=by_bearer(session), source="127.9.9.9"),
        guarding.ask("GET", "/", headers=claimed, source="127.9.9.9"),
        guarding.ask("GET", "/", headers=claimed),
    ]

    assert [401, 401, 401, 200] == [answer.status for answer in answers]


@pytest.mark.parametrize("name", PROXIES)
def test_where_protekt_is_gone_nobody_gets_through(
    shared: Installation, bound: Server, app_port: int, name: str
) -> None:
    """The proxy says that something is broken, not that somebody is to log in."""
    session = bound.login(EMAIL, PASSWORD)

    with proxy(shared, name, app_port=app_port, protekt_port=free_port()) as alone:
        answer = alone.ask("GET", "/", headers=by_bearer(session))

    assert 5 == answer.status // 100
