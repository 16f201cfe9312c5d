"""What a line of the log holds: for programs, for people, and of a request."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.server.app import create_app
from protekt_cli.server.gate import Gate
from protekt_cli.server.log_sink import Entry
from protekt_cli.server.logs import renderer
from tests.conftest import Install
from tests.server.application import Application

REQUEST: Entry = {
    "time": 1_800_000_000_042,
    "level": "info",
    "event": "request",
    "method": "GET",
    "path": "/v1/session",
    "status": 200,
    "ms": 0.42,
    "ip": "192.0.2.7",
    "requestId": "abc-1",
}


def test_request_is_one_json_object_for_programs() -> None:
    """With the time first, to the millisecond."""
    line = renderer(for_people=False)(REQUEST)

    assert {
        "timestamp": "2027-01-15T08:00:00.042Z",
        **{name: value for name, value in REQUEST.items() if name != "time"},
    } == json.loads(line)
    assert "\n" not in line


def test_request_is_a_sentence_for_people() -> None:
    """Method, path and status first, then the rest."""
    line = renderer(for_people=True)(REQUEST)

    assert (
        "2027-01-15T08:00:00.042Z [info] GET /v1/session 200 ip=192.0.2.7 ms=0.42 requestId=abc-1"
        == line
    )


@pytest.mark.parametrize("for_people", [True, False])
@pytest.mark.parametrize("evil", ["\x1b[31m", "\r", "\x00", "\x9b", "\u202e", "\x7f", "\n"])
def test_nothing_in_a_path_acts_on_a_terminal(for_people: bool, evil: str) -> None:
    """Whoever asks for such a path writes no line of their own, and no colours."""
    line = renderer(for_people=for_people)({**REQUEST, "path": f"/a{evil}b"})

    assert evil not in line
    assert line.isprintable()


@pytest.mark.parametrize("for_people", [True, False])
def test_traceback_is_there_without_what_it_was_about(for_people: bool) -> None:
    """An error's message may quote a credential."""
    try:
        raise ValueError("no good: ref_kMnOpQrStUvWxYz0123456789 of alice@example.com")
    except ValueError:
        entry = {"level": "error", "event": "request abc-1 failed", "exc_info": sys.exc_info()}

    line = renderer(for_people=for_people)(entry)

    assert "request abc-1 failed" in line
    assert "ValueError: no good: [redacted] of [redacted]" in line
    assert "test_logs.py" in line
    assert "locals" not in line


@pytest.fixture
def entries() -> list[Entry]:
    """What was logged."""
    return []


@pytest.fixture
def app(install: Install, entries: list[Entry]) -> Iterator[Application]:
    """An application that logs its requests."""

    def make(engine: Engine) -> Gate:
        return create_app(engine, log_request=entries.append)

    app = Application(install({"server.trusted_proxies": ["192.0.2.7"]}), make)
    yield app
    app.close()


def test_each_request_is_logged_once(app: Application, entries: list[Entry]) -> None:
    """By what it was, how it was answered, from where it came, and what it is called."""
    app.ask("GET", "/v1/session", headers=[(b"x-request-id", b"mine")])
    app.ask("DELETE", "/v1/sessions/sess_x", headers=[(b"x-forwarded-for", b"198.51.100.1")])
    app.ask("GET", "/nothing")

    assert [
        ("GET", "/v1/session", 401, "192.0.2.7"),
        ("DELETE", "/v1/sessions/sess_x", 401, "198.51.100.1"),
        ("GET", "/nothing", 404, "192.0.2.7"),
    ] == [(each["method"], each["path"], each["status"], each["ip"]) for each in entries]
    assert "mine" == entries[0]["requestId"]
    assert all(each["ms"] > 0 for each in entries)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/session?access_token=ref_secret", "/v1/session"),
        ("/healthz?next=/private", "/healthz"),
        ("/v1/forward-auth", "/v1/forward-auth"),
        ("/v1/forward-auth/reset/s3cr3t", "/v1/forward-auth/*"),
        ("/" + "a" * 600, "/" + "a" * 511 + "…"),
    ],
)
def test_no_query_and_no_path_of_another_application_is_logged(
    app: Application, entries: list[Entry], target: str, path: str
) -> None:
    """Both may hold what is nobody's business."""
    app.ask("GET", target)

    assert [path] == [each["path"] for each in entries]
    assert "secret" not in str(entries)


def test_credentials_of_a_request_are_in_no_line(app: Application, entries: list[Entry]) -> None:
    """Neither headers nor bodies are logged at all, and what a path holds is masked."""
    secret = "ref_kMnOpQrStUvWxYz0123456789"
    app.ask("POST", "/v1/sessions/refresh", {"refreshToken": secret}, bearer=secret)
    app.ask("GET", f"/v1/{secret}", headers=[(b"cookie", b"refresh_token=" + secret.encode())])

    lines = [renderer(for_people=people)(each) for people in (True, False) for each in entries]

    assert 4 == len(lines)
    assert [] == [line for line in lines if secret in line]


def test_error_is_logged_beside_its_request(
    app: Application, entries: list[Entry], caplog: pytest.LogCaptureFixture
) -> None:
    """Under the same request id."""
    path = app.engine.store.path
    away = path.with_name("away.db")
    path.rename(away)
    try:
        with caplog.at_level(logging.ERROR, "protekt"):
            app.ask("GET", "/readyz", headers=[(b"x-request-id", b"mine")])
    finally:
        away.rename(path)

    assert [(503, "mine")] == [(each["status"], each["requestId"]) for each in entries]
    assert any("request mine" in record.getMessage() for record in caplog.records)
