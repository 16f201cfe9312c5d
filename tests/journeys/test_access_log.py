"""The line for each request: where it is wanted, on stderr, and without a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server, until

REFRESH = "/v1/sessions/refresh"


def lines(server: Server) -> list[Any]:
    """Return the requests that were logged so far."""
    objects = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [entry for entry in map(json.loads, objects) if entry["event"] == "request"]


def paths(server: Server, count: int) -> list[str]:
    until(lambda: len(lines(server)) >= count, "the lines")
    return [entry["path"] for entry in lines(server)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_are_logged_where_it_is_wanted(installation: Installation, workers: str) -> None:
    """Each one once, also of several workers, the last ones too; with what the client calls it."""
    with installation.serve("--access-log", "--workers", workers) as server:
        session = server.login(EMAIL, PASSWORD)
        server.refresh(session["refreshToken"])
        named = server.ask("GET", "/healthz", headers={"X-Request-Id": "mine"})
        server.stop()

        log = server.log.read_text()
        logged = {entry["path"]: entry for entry in lines(server)}

    assert {"/v1/sessions", REFRESH, "/healthz"} == logged.keys()
    assert 200 == named.status
    assert {"method": "GET", "status": 200, "ip": "127.0.0.1", "requestId": "mine"}.items() <= (
        logged["/healthz"].items()
    )
    told = (PASSWORD, EMAIL, session["sessionToken"], session["refreshToken"])
    assert [] == [secret for secret in told if secret in log]


def test_requests_are_not_logged_unasked(installation: Installation) -> None:
    """A server for good is quiet."""
    with installation.serve() as server:
        server.ask("GET", "/healthz")
        server.stop()

        assert [] == lines(server)


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """A folder in which nothing was set up."""
    return Installation(tmp_path)


def test_demonstration_logs_requests_unless_told_not_to(bare: Installation) -> None:
    """Whoever tries it out sees what happens."""
    bare.environment()
    with bare.serve("--demo") as server:
        server.ask("GET", "/healthz")
        shown = paths(server, 1)
    with bare.serve("--demo", "--no-access-log") as quiet:
        quiet.ask("GET", "/healthz")
        quiet.stop()
        hidden = lines(quiet)

    assert ["/healthz"] == shown
    assert [] == hidden
