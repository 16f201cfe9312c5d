"""The token endpoint: refresh tokens as everywhere else, in the words of RFC 6749."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server
from tests.journeys.oauth import FORM, App, error_of, new_app, post, renew

BOUND = {"PROTEKT_SESSIONS_DEVICE_BINDING": "enforce", "PROTEKT_SESSIONS_IP_MATCHING": "enforce"}


@pytest.fixture(scope="module")
def app(shared: Installation) -> App:
    """An app with a key."""
    return new_app(shared)


def altered(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def test_refresh_token_yields_a_new_pair(server: Server) -> None:
    """The answer is RFC 6749's, its tokens are Protekt's, and nobody may keep it."""
    first = server.login(EMAIL, PASSWORD)

    answer = renew(server, first["refreshToken"])

    second = answer.json()
    assert 200 == answer.status
    assert {"access_token", "token_type", "expires_in", "refresh_token"} == second.keys()
    assert ("Bearer", 3600) == (second["token_type"], second["expires_in"])
    assert "application/json" == answer.header("Content-Type")
    assert ("no-store", "no-cache") == (answer.header("Cache-Control"), answer.header("Pragma"))
    assert server.validate(second["access_token"])["session"]["id"] == first["sessionId"]
    assert 200 == renew(server, second["refresh_token"]).status


def test_both_ways_to_renew_are_one(server: Server) -> None:
    """Whichever comes second within the grace is given the same successor."""
    first = server.login(EMAIL, PASSWORD)

    here = renew(server, first["refreshToken"]).json()
    there = server.refresh(first["refreshToken"]).json()

    assert (here["refresh_token"], 1) == (there["refreshToken"], there["refreshGeneration"])


def test_reused_refresh_token_ends_its_session(server: Server) -> None:
    """An ancestor is nobody's second tab; afterwards no token of the session is any good."""
    first = server.login(EMAIL, PASSWORD)
    second = renew(server, first["refreshToken"]).json()
    third = renew(server, second["refresh_token"]).json()

    reused = renew(server, first["refreshToken"])
    after = renew(server, third["refresh_token"])

    assert (400, "invalid_grant", "refresh_reused", None) == error_of(reused)
    assert (400, "invalid_grant", "invalid_token", "session_revoked") == error_of(after)
    assert "reuse_detected" == after.json()["end_reason"]
    assert None is after.header("WWW-Authenticate")


def test_forged_refresh_token_is_no_grant(server: Server) -> None:
    """And its session does not hear of it."""
    first = server.login(EMAIL, PASSWORD)

    refused = [renew(server, each) for each in (altered(first["refreshToken"]), "ref_x", "x y")]

    assert [(400, "invalid_grant", "invalid_token", "malformed")] * 3 == list(
        map(error_of, refused)
    )
    assert 200 == renew(server, first["refreshToken"]).status


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request"),
        ({"refresh_token": "ref_x"}, "invalid_request"),
        (
            {"grant_type": "password", "username": EMAIL, "password": PASSWORD},
            "unsupported_grant_type",
        ),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "REFRESH_TOKEN", "refresh_token": "ref_x"}, "unsupported_grant_type"),
    ],
)
def test_nothing_else_is_granted(server: Server, form: dict[str, str], error: str) -> None:
    """No password is ever looked at here (RFC 9700 2.4)."""
    assert (400, error, "invalid_request", None) == error_of(post(server, "token", form))


def test_parameters_of_extensions_are_ignored(server: Server) -> None:
    """A client that asks for scopes or resources gets what there is."""
    first = server.login(EMAIL, PASSWORD)

    answer = renew(server, first["refreshToken"], scope="openid", resource="https://a.example")

    assert 200 == answer.status


def test_query_is_not_read(server: Server) -> None:
    """Parameters there are none."""
    path = "/oauth/token?grant_type=refresh_token&refresh_token=ref_x"

    assert (400, "invalid_request", "invalid_request", None) == error_of(
        server.ask("POST", path, b"", headers=FORM)
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/oauth/token", 405, "method_not_allowed"),
        ("PUT", "/oauth/introspect", 405, "method_not_allowed"),
        ("POST", "/oauth/authorize", 404, "not_found"),
        ("POST", "/oauth/revoke?token=x", 400, "invalid_request"),
    ],
)
def test_errors_before_any_endpoint_are_in_the_same_form(
    server: Server, method: str, path: str, status: int, code: str
) -> None:
    """An OAuth client never has to read a problem document."""
    answer = server.ask(method, path, headers=FORM)

    assert (status, "invalid_request", code, None) == error_of(answer)
    assert ("POST" if status == 405 else None) == answer.header("Allow")


def test_bodies_that_are_no_form_are_refused(server: Server) -> None:
    """JSON is another type; what is too long, or packed, says so by its status."""
    json = server.ask("POST", "/oauth/token", {"grant_type": "refresh_token"})
    large = server.ask("POST", "/oauth/token", b"a" * 70_000, headers=FORM)
    packed = server.ask(
        "POST", "/oauth/token", b"a=b", headers={**FORM, "Content-Encoding": "gzip"}
    )

    assert (400, "invalid_request", "invalid_request", None) == error_of(json)
    assert (413, "invalid_request", "payload_too_large", None) == error_of(large)
    assert (415, "invalid_request", "unsupported_media_type", None) == error_of(packed)


def test_only_an_app_says_where_its_user_is(server: Server, app: App) -> None:
    """Anybody else's word for an address is worth nothing, and is refused rather than ignored."""
    token = server.login(EMAIL, PASSWORD)["refreshToken"]

    refused = [renew(server, token, ip="192.0.2.1"), renew(server, token, user_agent="x")]
    heard = renew(server, token, app.basic, ip="192.0.2.1", user_agent="x")

    assert [(400, "invalid_request", "invalid_request", None)] * 2 == list(map(error_of, refused))
    assert 200 == heard.status
    assert 400 == renew(server, token, app.basic, ip="nowhere").status


@pytest.fixture(scope="module")
def bound(shared: Installation, app: App) -> Iterator[Server]:
    """A server that enforces both bindings."""
    with shared.serve(environ=BOUND) as server:
        yield server


def test_app_speaks_for_a_user_who_is_bound(bound: Server, app: App) -> None:
    """The app's own address and device are not its user's."""
    first = bound.login(EMAIL, PASSWORD)
    user = {"ip": "127.0.0.99", "device_id": first["deviceId"]}

    refused = [
        renew(bound, first["refreshToken"], app.basic, **given)
        for given in ({**user, "ip": "192.0.2.1"}, {**user, "device_id": "dev_x"})
    ]
    good = renew(bound, first["refreshToken"], app.basic, **user)

    assert ["ip_mismatch", "binding_mismatch"] == [error_of(each)[3] for each in refused]
    assert 200 == good.status
