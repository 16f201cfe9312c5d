"""A refresh token that comes back, by HTTP: what shows the successor, and from where it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server

#: Without a grace, each repetition has to be known for that of a lost answer.
NO_GRACE = {"PROTEKT_SESSIONS_REUSE_GRACE": "0s"}
BOUND = {"PROTEKT_SESSIONS_DEVICE_BINDING": "enforce", "PROTEKT_SESSIONS_IP_MATCHING": "enforce"}

Show = Callable[[Server, Any], object]


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    """A server without a grace."""
    with installation.serve(environ=NO_GRACE) as server:
        yield server


@pytest.fixture
def bound(installation: Installation) -> Iterator[Server]:
    """A server that enforces both bindings."""
    with installation.serve(environ=BOUND) as server:
        yield server


@pytest.mark.parametrize(
    "show",
    [
        lambda server, session: server.validate(session["sessionToken"]),
        lambda server, session: server.ask("GET", "/v1/session", token=session["sessionToken"]),
        lambda server, session: server.ask("GET", "/v1/sessions", token=session["sessionToken"]),
        lambda server, session: server.ask(
            "DELETE", "/v1/sessions/nobody", token=session["sessionToken"]
        ),
    ],
    ids=["validate", "session", "list", "refused delete"],
)
def test_any_use_of_the_access_token_shows_the_successor(server: Server, show: Show) -> None:
    """From then on its parent is reused."""
    first = server.login(EMAIL, PASSWORD)
    second = server.refresh(first["refreshToken"]).json()
    lost = server.refresh(first["refreshToken"])

    show(server, second)
    reused = server.refresh(first["refreshToken"])

    assert (200, second["refreshToken"]) == (lost.status, lost.json()["refreshToken"])
    assert (401, "refresh_reused", None) == reused.problem()


def test_verifying_in_the_shell_shows_nothing(installation: Installation, server: Server) -> None:
    """It is no use of the session, of which there is none of the successor's."""
    first = server.login(EMAIL, PASSWORD)
    second = server.refresh(first["refreshToken"]).json()

    verified = installation.run("token", "verify", "-", stdin=second["sessionToken"])
    again = server.refresh(first["refreshToken"])

    assert (0, 200) == (verified.code, again.status)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"deviceId": "dev_a"}, {}, 200),
        ({}, {"X-Device-Id": "dev_a"}, 200),
        ({"deviceId": "dev_a"}, {"X-Device-Id": "dev_b"}, 200),
        ({"deviceId": "dev_b"}, {"X-Device-Id": "dev_a"}, 401),
        ({}, {}, 401),
    ],
)
def test_the_device_is_the_bodys_before_the_headers(
    server: Server, body: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """The rotation was asked for by device `dev_a`."""
    path, first = "/v1/sessions/refresh", server.login(EMAIL, PASSWORD)
    token = {"refreshToken": first["refreshToken"]}
    assert server.ask("POST", path, {**token, "deviceId": "dev_a"}).status == 200

    again = server.ask("POST", path, {**token, **body}, headers=headers)

    assert status == again.status


def test_a_session_is_bound_to_what_its_own_requests_carry(bound: Server) -> None:
    """The asker of a validation is somebody else: there the user's own come in the body."""
    first = bound.login(EMAIL, PASSWORD)
    token, own = first["sessionToken"], {"X-Device-Id": first["deviceId"]}
    user = {"deviceId": first["deviceId"], "ip": "127.0.0.99"}

    asked = [
        bound.ask("POST", "/v1/sessions/validate", {"sessionToken": token, **given}, headers=own)
        for given in (user, {"ip": user["ip"]}, {**user, "ip": "192.0.2.1"})
    ]
    guarded = [bound.ask("GET", "/v1/session", token=token, headers=each) for each in (own, {})]

    assert [None, "binding_mismatch", "ip_mismatch"] == [
        answer.json().get("reason") for answer in asked
    ]
    assert 200 == guarded[0].status
    assert (401, "invalid_token", "binding_mismatch") == guarded[1].problem()


def test_a_refused_refresh_consumes_nothing(bound: Server) -> None:
    """The right device gets the successor afterwards; anybody may log out."""
    first = bound.login(EMAIL, PASSWORD)
    body = {"refreshToken": first["refreshToken"]}

    refused = [
        bound.ask("POST", "/v1/sessions/refresh", {**body, **given})
        for given in ({}, {"deviceId": "dev_other"}, {"deviceId": 7}, {"deviceId": "\ud800"})
    ]
    right = bound.ask("POST", "/v1/sessions/refresh", {**body, "deviceId": first["deviceId"]})
    out = bound.ask("POST", "/v1/sessions/revoke", {}, token=first["sessionToken"])

    assert [401, 401, 400, 400] == [answer.status for answer in refused]
    assert (200, 1) == (right.status, right.json()["refreshGeneration"])
    assert (200, {"revoked": 1}) == (out.status, out.json())
