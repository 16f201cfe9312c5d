"""The way to a server: what it says no to is an error, and nothing goes anywhere else."""

from __future__ import annotations

import pytest

from protekt_cli.sdk import (
    Admin,
    InvalidCredentials,
    InvalidToken,
    Own,
    ProtektError,
    RateLimited,
    RefreshReused,
    Unavailable,
)
from protekt_cli.sdk.connection import Connection, is_loopback, segment
from tests.sdk.answering import Canned, answering

KEY = "pk_secret"


def refused(canned: Canned) -> ProtektError:
    """Return what is raised for an answer."""
    with answering(canned) as server, Admin.at(server.url, KEY) as admin:
        with pytest.raises(ProtektError) as refusal:
            admin.rotate_keys()
        assert 1 == len(server.asked)
    return refusal.value


def problem(status: int, code: str, **more: object) -> Canned:
    """Return a problem document, as a Protekt answers it."""
    return Canned.json(status, {"detail": "what is wrong", "code": code, **more})


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_request", ProtektError),
        (400, "ambiguous_id", ProtektError),
        (401, "invalid_credentials", InvalidCredentials),
        (401, "invalid_api_key", ProtektError),
        (401, "invalid_token", InvalidToken),
        (401, "refresh_reused", RefreshReused),
        (403, "forbidden", ProtektError),
        (404, "not_found", ProtektError),
        (409, "conflict", ProtektError),
        (429, "rate_limited", RateLimited),
        (503, "overloaded", Unavailable),
        (503, "store_unavailable", Unavailable),
        (418, "of_a_later_version", ProtektError),
    ],
)
def test_refusal_is_an_error_with_the_servers_words(
    status: int, code: str, kind: type[ProtektError]
) -> None:
    """The code and the status are there for programs, the message and the hint for people."""
    error = refused(problem(status, code, hint="what to do"))

    assert type(error) is kind
    assert (code, status, "what is wrong", "what to do") == (
        error.code,
        error.status,
        error.message,
        error.hint,
    )


def test_refused_token_says_why() -> None:
    """The reason, and where a session has ended why it did."""
    error = refused(
        problem(401, "invalid_token", reason="session_revoked", endReason="password_changed")
    )

    assert ("session_revoked", "password_changed") == (error.reason, error.end_reason)


@pytest.mark.parametrize(("header", "expected"), [("17", 17), ("", 1), ("Wed, 21 Oct", 1)])
def test_refusal_for_now_says_for_how_long(header: str, expected: int) -> None:
    """In seconds, as Protekt says it; else a moment."""
    answer = problem(429, "rate_limited")
    error = refused(Canned(429, answer.body, {"Retry-After": header}))

    assert isinstance(error, RateLimited)
    assert expected == error.retry_after


@pytest.mark.parametrize("status", [502, 503, 504])
def test_proxy_without_a_server_behind_it_is_unavailable(status: int) -> None:
    """Whatever page it shows."""
    error = refused(Canned(status, b"<html>Bad Gateway</html>"))

    assert isinstance(error, Unavailable)
    assert (status, "store_unavailable") == (error.status, error.code)


@pytest.mark.parametrize(
    "canned",
    [
        Canned(200, b"<html>hello</html>"),
        Canned(200, b""),
        Canned.json(200, []),
        Canned.json(200, {"kid": "key_1"}),
        Canned(404, b"<html>nothing here</html>"),
        Canned.json(404, {"error": "nothing here"}),
        Canned.json(500, "nothing here"),
    ],
)
def test_something_else_that_answers_is_no_protekt(canned: Canned) -> None:
    """Not a crash, and not taken for an answer."""
    assert "no Protekt" in refused(canned).message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    """The API key stays with the server that it was meant for."""
    with answering(Canned()) as elsewhere:
        error = refused(Canned(status, headers={"Location": f"{elsewhere.url}/v1/admin/users"}))

        assert [] == elsewhere.asked
    assert elsewhere.url in error.message


def test_server_that_is_not_there_is_unavailable() -> None:
    """With what the machine says of it."""
    with answering(Canned()) as server:
        url = server.url

    with Admin.at(url, KEY) as admin, pytest.raises(Unavailable) as refusal:
        admin.get_user("alice@example.com")

    assert f"no answer from {url}: connection refused" == refusal.value.message
    assert (None, KEY in str(refusal.value)) == (refusal.value.status, False)


def test_url_that_is_none_is_an_error() -> None:
    """And no crash."""
    with pytest.raises(ProtektError, match="no URL"):
        Admin.at("http://[::1", KEY)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8787", True),
        ("http://[::1]:8787", True),
        ("http://localhost", True),
        ("http://localhost.example", False),
        ("http://192.0.2.7", False),
    ],
)
def test_loopback_is_this_machine_itself(url: str, expected: bool) -> None:
    """No proxy stands before it."""
    assert expected == is_loopback(url)


def test_proxy_of_the_environment_sees_no_key_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It could not reach this machine's loopback anyway."""
    with answering(Canned.json(200, {"keys": []})) as server, answering(Canned()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with Admin.at(server.url, KEY) as admin:
            admin.jwks()

        assert (1, 0) == (len(server.asked), len(proxy.asked))


def test_request_carries_its_credential_in_a_header_alone() -> None:
    """A token or a key in a URL would be in logs."""
    with answering(Canned.json(200, {"sessions": []})) as server:
        with Own.at(server.url, "eyJ", "dev_1") as own:
            own.list_sessions()
        with Admin.at(f"{server.url}/", KEY) as admin, pytest.raises(ProtektError):
            admin.get_user("alice@example.com")

    mine, admins = server.asked
    assert ("/v1/sessions", "Bearer eyJ", "dev_1") == (
        mine.target,
        mine.headers["Authorization"],
        mine.headers["X-Device-Id"],
    )
    assert ("/v1/admin/users/alice%40example.com", KEY) == (
        admins.target,
        admins.headers["X-API-Key"],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/../b", "a%2F..%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("?x#y", "%3Fx%23y"),
        ("é", "%C3%A9"),
    ],
)
def test_segment_leads_nowhere_else(text: str, expected: str) -> None:
    """Whatever somebody typed is one part of a path."""
    assert expected == segment(text)


def test_base_path_of_a_server_is_kept() -> None:
    """For one that a proxy shows below a path."""
    with (
        answering(Canned.json(200, {"a": 1})) as server,
        Connection(f"{server.url}/auth", {}) as way,
    ):
        way.request("GET", "/v1/admin/keys", query={"limit": 3, "cursor": None})

    assert "/auth/v1/admin/keys?limit=3" == server.asked[0].target
