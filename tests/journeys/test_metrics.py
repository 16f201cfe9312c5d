"""`/metrics` of a server of two workers: whoever is asked tells of both."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.asking import Client
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server, until
from tests.journeys.test_workers import children, one_of_each

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are seen in /proc")

SESSION = {"method": "GET", "route": "/v1/session", "status": "401"}


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    """Two workers on an installation of its own."""
    with installation.serve("--workers", "2") as server:
        yield server


def metrics(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample of one worker's page."""
    answer = client.ask("GET", "/metrics")
    assert 200 == answer.status
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float | None:
    return metrics(client).get((name, frozenset(labels.items())))


def asked(client: Client) -> float | None:
    return value(client, "protekt_http_requests_total", **SESSION)


def test_all_workers_are_summed(installation: Installation, server: Server) -> None:
    """Requests by who counted them, logins by the store: each tells the same."""
    with one_of_each(server) as clients:
        for _ in range(3):
            for client in clients:
                client.ask("GET", "/v1/session")
        server.login(EMAIL, PASSWORD)
        logged_in = installation.run("login", EMAIL, "--password-stdin", stdin=PASSWORD)

        told = [asked(client) for client in clients]
        logins = [
            value(client, "protekt_logins_total", outcome="success") for client in clients * 2
        ]
        active = [value(client, "protekt_sessions_active") for client in clients]

    assert 0 == logged_in.code
    assert [6, 6] == told
    assert [2] * 4 == logins
    assert [2, 2] == active


def test_nothing_is_lost_with_a_worker_that_was_killed(server: Server) -> None:
    """Its successor counts on where it stopped."""
    with one_of_each(server) as clients:
        for client in clients:
            client.ask("GET", "/v1/session")
        server.login(EMAIL, PASSWORD)
    killed = min(children(server))

    os.kill(killed, signal.SIGKILL)
    until(lambda: len(children(server) - {killed}) == 2, "another worker")

    with one_of_each(server) as clients:
        before = [asked(client) for client in clients]
        for client in clients:
            client.ask("GET", "/v1/session")
        after = [asked(client) for client in clients]
        logins = [value(client, "protekt_logins_total", outcome="success") for client in clients]
    assert [2, 2] == before
    assert [4, 4] == after
    assert [1, 1] == logins


def test_workers_that_are_asked_at_once_count_each_event_once(server: Server) -> None:
    """Both read the same events, and neither adds what the other has."""
    with one_of_each(server) as clients, ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            server.login(EMAIL, PASSWORD)
            list(threads.map(lambda _: Server.ask(server, "GET", "/metrics"), range(8)))

        told = [value(client, "protekt_logins_total", outcome="success") for client in clients]

    assert [5, 5] == told


def test_streams_of_all_workers_are_counted_while_they_are_open(
    installation: Installation, server: Server
) -> None:
    """However many there are, and none when their readers have gone."""
    made = installation.run("apikeys", "create", "reader", "--scope", "read", "--json").json()
    request = (
        "GET /v1/admin/events/stream HTTP/1.1\r\nHost: localhost\r\n"
        f"X-API-Key: {made['key']}\r\n\r\n"
    ).encode()

    with one_of_each(server) as clients:
        for client in clients:
            client.connection.sock.sendall(request)
            assert b" 200 " in client.connection.sock.recv(20)
        with Client(server.port) as other:
            until(lambda: value(other, "protekt_event_streams_open") == 2, "both streams")
            for client in clients:
                client.connection.close()
            until(lambda: value(other, "protekt_event_streams_open") == 0, "their end")
