"""Bytes that no client library would send: refused, and the server goes on."""

from __future__ import annotations

import pytest

from tests.journeys.asking import exchange
from tests.journeys.installation import Installation, Server

RAW = {
    "no Host": (b"GET /v1/session HTTP/1.1\r\n\r\n", 400),
    "empty Host": (b"GET /v1/session HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "two Hosts": (b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    "two Authorizations": (
        b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\n"
        b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        400,
    ),
    "Content-Length beside chunks": (
        b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        400,
    ),
    "endless chunks": (
        b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b" " * 0x4000 + b"\r\n" * 1
        + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 4,
        413,
    ),
    "announced huge": (
        b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 99999999\r\n\r\n{",
        413,
    ),
    "long header": (
        b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 17_000 + b"\r\n\r\n",
        431,
    ),
    "many headers": (
        b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\n" + b"X: x\r\n" * 101 + b"\r\n",
        431,
    ),
    "not HTTP": (b"HELO example.com\r\n\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_bad_bytes_are_refused(shared: Installation, server: Server, name: str) -> None:
    """What no client library would send gets a status, reveals nothing and changes nothing."""
    request, status = RAW[name]
    before = shared.state()

    answer = exchange(server.port, request)

    assert status == answer.status
    assert answer.revealing() == []
    assert before == shared.state()
    assert server.ask("GET", "/healthz").status == 200
