"""Clients that are slow, or say nothing: not kept for ever, and in nobody's way."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

#: Longer than any of the deadlines, which are 15 seconds and 10 for a body.
PATIENCE = 25
POST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 50\r\n\r\n"
)
QUICK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: What each sends before it falls silent, and the status that it is told.
SLOW = {
    "silent": (b"", b""),
    "half a line": (b"GET /", b""),
    "half a header": (b"GET / HTTP/1.1\r\nHost: loc", b""),
    "idle": (QUICK, b"200"),
    "no body": (POST, b"408"),
    "half a body": (POST + b"{", b"408"),
    "half a body to nobody": (POST.replace(b" / ", b" /nowhere "), b"404"),
}


@pytest.fixture
def port() -> Iterator[int]:
    """Where a server listens."""
    script = Path(__file__).with_name("small_server.py")
    command = [sys.executable, str(script), "0", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "started\n" == server.stdout.readline()
        port = urlsplit(server.stdout.readline().strip()).port
        assert port is not None
        yield port
        server.kill()


def begin(held: ExitStack, port: int, sent: bytes) -> socket.socket:
    connection = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
    connection.sendall(sent)
    return connection


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_slow_clients_are_let_go_and_leave_others_served(port: int) -> None:
    """A hundred of each kind at once; each is told what there is to tell, and then closed."""
    with ExitStack() as held:
        slow = {
            kind: [begin(held, port, sent) for _ in range(100)] for kind, (sent, _) in SLOW.items()
        }
        honest = begin(held, port, QUICK).recv(65_536)

        told = {kind: [rest(each) for each in those] for kind, those in slow.items()}

    assert b"200" == honest[9:12]
    assert {kind: {status} for kind, (_, status) in SLOW.items()} == {
        kind: {answer[9:12] for answer in answers} for kind, answers in told.items()
    }
    assert all(b"\r\nconnection: close\r\n" in answer for answer in told["half a body"])
