"""Connections of the listening socket: who takes nothing of what is sent is cut off."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from protekt_cli.server.listening import UNREAD, listen

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such option"
)

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def unread() -> float:
    """After how many seconds a connection is given up."""
    return 0.5


@pytest.fixture
def accepted(unread: float) -> Iterator[Pair]:
    """The two ends of a connection, the server's first."""
    with ExitStack() as stack:
        listening = stack.enter_context(listen("127.0.0.1", 0, unread=unread))
        client = stack.enter_context(socket.create_connection(listening.getsockname()))
        server = stack.enter_context(listening.accept()[0])
        server.setblocking(False)
        yield server, client


def fill(server: socket.socket) -> int:
    """Send until nothing more is taken, and return how many bytes that was."""
    sent = 0
    while True:
        try:
            sent += server.send(b"x" * 4096)
        except BlockingIOError:
            return sent


def error_of(server: socket.socket) -> int:
    return server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def test_little_waits_for_who_reads_nothing(accepted: Pair) -> None:
    """The system keeps no megabytes for each of many that never read."""
    server, _ = accepted

    assert fill(server) < 512 * 1024


def test_connection_that_nobody_reads_is_reset(accepted: Pair) -> None:
    """Though its other end is there, and says so."""
    server, _ = accepted
    fill(server)

    deadline = time.monotonic() + 20
    while not (error := error_of(server)):
        assert time.monotonic() < deadline
        time.sleep(0.02)

    assert errno.ETIMEDOUT == error


@pytest.mark.parametrize("unread", [5.0])
def test_connection_that_is_read_late_lives(accepted: Pair, unread: float) -> None:
    """Its time begins anew with whatever is taken."""
    server, client = accepted
    fill(server)

    over = time.monotonic() + unread / 5
    while time.monotonic() < over:
        assert 0 == error_of(server)
        time.sleep(0.02)
    while not client.recv(65_536) or not fill(server):
        pass

    assert 0 == error_of(server)


def test_readers_have_thirty_seconds() -> None:
    """That is what is promised."""
    assert 30 == UNREAD
