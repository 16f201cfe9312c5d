"""`protekt serve` with a certificate: https alone, whoever answers, and silence holds it not up."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.journeys import certificates
from tests.journeys.asking import JSON, PATIENCE, exchange
from tests.journeys.certificates import Files
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server

LOGIN = json.dumps({"type": "password", "email": EMAIL, "password": PASSWORD}).encode()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A certificate for 127.0.0.1, and its key."""
    return certificates.make(tmp_path)


@pytest.fixture(params=["1", "2"], ids=["alone", "workers"])
def server(
    request: pytest.FixtureRequest, installation: Installation, files: Files
) -> Iterator[Server]:
    """A server of one process or of two workers, with that certificate."""
    with installation.serve("--workers", request.param, environ=files.environ()) as server:
        yield server


def trusting(files: Files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.cert))


def ask(
    server: Server, context: ssl.SSLContext, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    """Ask as a client does that checks certificates."""
    client = http.client.HTTPSConnection(
        "127.0.0.1", server.port, timeout=PATIENCE, context=context
    )
    with closing(client):
        client.request(method, path, body, JSON if body else {})
        response = client.getresponse()
        return response.status, response.read()


def test_only_https_is_served(server: Server, files: Files) -> None:
    """The URL says so, a client that checks the certificate is served, and plain http is not."""
    log_in = ask(server, trusting(files), "POST", "/v1/sessions", LOGIN)
    with pytest.raises((http.client.HTTPException, OSError)):
        exchange(server.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert f"Protekt is serving https://127.0.0.1:{server.port}\n" in server.log.read_text()
    assert 201 == log_in[0]


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
def test_current_versions_of_tls_are_spoken(
    server: Server, files: Files, version: ssl.TLSVersion
) -> None:
    """Both of them: not every client is of this year."""
    context = trusting(files)
    context.minimum_version = context.maximum_version = version

    assert 200 == ask(server, context, "GET", "/healthz")[0]


def test_limits_of_a_body_hold(server: Server, files: Files) -> None:
    """As without a certificate."""
    status, body = ask(server, trusting(files), "POST", "/v1/sessions", b" " * 70_000)

    assert (413, "payload_too_large") == (status, json.loads(body)["code"])


def test_signal_stops_it(server: Server, files: Files) -> None:
    """Gracefully, with a client connected, and one that never began to speak TLS."""
    ask(server, trusting(files), "GET", "/healthz")
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE):
        code = server.stop(signal.SIGTERM)

    assert 0 == code
    assert "Traceback" not in server.log.read_text()


def test_silent_clients_leave_others_served(server: Server, files: Files) -> None:
    """However many never begin the handshake; and they are not kept for ever."""
    with ExitStack() as held:
        silent = [
            held.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            )
            for _ in range(300)
        ]

        status, _ = ask(server, trusting(files), "GET", "/healthz")
        first = silent[0].recv(1)

    assert 200 == status
    assert b"" == first


def test_pair_that_does_not_fit_is_one_error(installation: Installation, files: Files) -> None:
    """Before anything is announced."""
    other = certificates.make(files.cert.parent, name="other")
    environ = files.environ() | {"PROTEKT_SERVER_TLS_KEY": str(other.key)}

    ran = installation.run("serve", "--port", "0", environ=environ)

    assert (2, "") == (ran.code, ran.out)
    assert ran.err.startswith(f"protekt: server.tls_key: {other.key} is not the key")


def test_one_file_without_the_other_is_one_error(installation: Installation, files: Files) -> None:
    """Nothing is served in the clear by mistake."""
    ran = installation.run(
        "serve", "--port", "0", environ={"PROTEKT_SERVER_TLS_CERT": str(files.cert)}
    )

    assert (2, "") == (ran.code, ran.out)
    assert "server.tls_key" in ran.err
