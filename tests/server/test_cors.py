"""Pages of other origins: which may read answers, and how a browser is told."""

from __future__ import annotations

import pytest

from protekt_cli.server.answer import Header
from tests.server.application import Application
from tests.server.conftest import Start
from tests.server.talking import Answered

APP = b"https://app.example"
ORIGIN: Header = (b"origin", APP)
ASKS: Header = (b"access-control-request-method", b"DELETE")


@pytest.fixture
def app(start: Start) -> Application:
    return start({"server.cors_origins": ["https://app.example", "http://localhost:3000"]})


def cors(answered: Answered) -> dict[bytes, bytes]:
    names = (b"access-control-", b"vary")
    return {name: value for name, value in answered.headers if name.startswith(names)}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/v1/session", 401),
        ("GET", "/nothing", 404),
        ("PUT", "/v1/session", 405),
        ("POST", "/v1/sessions", 400),
        ("GET", "/v1/session?access_token=a", 400),
    ],
)
def test_errors_carry_the_headers_of_answers(
    app: Application, method: str, path: str, status: int
) -> None:
    """A page of a configured origin can read why it was refused."""
    answered = app.ask(method, path, headers=[ORIGIN])

    assert status == answered.status
    assert {
        b"vary": b"Origin",
        b"access-control-allow-origin": APP,
        b"access-control-allow-credentials": b"true",
        b"access-control-expose-headers": b"X-Request-Id, Retry-After, WWW-Authenticate",
    } == cors(answered)


@pytest.mark.parametrize(
    "origin",
    [b"https://evil.example", b"https://app.example.evil", b"http://app.example", b"null", b"*"],
)
def test_other_origin_is_told_nothing(app: Application, origin: bytes) -> None:
    """There is no wildcard: an origin is configured exactly or not at all."""
    answered = app.ask("GET", "/healthz", headers=[(b"origin", origin)])

    assert {b"vary": b"Origin"} == cors(answered)


def test_no_origin_is_configured_no_header_is_sent(start: Start) -> None:
    """Nothing varies by an origin that is never looked at."""
    answered = start().ask("GET", "/healthz", headers=[ORIGIN])

    assert {} == cors(answered)


def test_browser_that_asks_first_is_answered(app: Application) -> None:
    """A preflight needs no credential, and is answered for every path (Fetch, CORS-preflight)."""
    answered = app.ask("OPTIONS", "/v1/sessions/sess_a", headers=[ORIGIN, ASKS])

    assert (204, b"") == (answered.status, answered.body)
    assert b"GET, POST, PUT, PATCH, DELETE" == answered.header(b"access-control-allow-methods")
    allowed = answered.header(b"access-control-allow-headers")
    assert allowed is not None
    assert {
        b"Authorization",
        b"Content-Type",
        b"X-API-Key",
        b"X-Device-Id",
        b"Last-Event-ID",
    } <= set(allowed.split(b", "))


def test_preflight_of_another_origin_is_forbidden(app: Application) -> None:
    """Whoever debugs it reads why."""
    answered = app.ask(
        "OPTIONS", "/v1/session", headers=[(b"origin", b"https://evil.example"), ASKS]
    )

    assert (403, "forbidden") == (answered.status, answered.code())


def test_options_that_is_no_preflight_is_another_method(app: Application) -> None:
    """It is 405, and says which methods there are."""
    answered = app.ask("OPTIONS", "/v1/session", headers=[ORIGIN])

    assert (405, b"GET, HEAD") == (answered.status, answered.header(b"allow"))
