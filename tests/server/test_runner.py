"""The runner, as a process of its own behind a real socket."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from protekt_cli.clock import monotonic
from protekt_cli.errors import Failed
from protekt_cli.server.listening import listen, url_of

SCRIPT = Path(__file__).with_name("small_server.py")
PATIENCE = 20

Start = Callable[..., "Running"]


class Running:
    """A server process, read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """Return the next line of its stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def port(self) -> int:
        """Wait until it is announced, and return its port."""
        assert self.line() == "started"
        port = urlsplit(self.line()).port
        assert port is not None
        return port

    def end(self) -> tuple[int, str, str]:
        """Wait for its end, and return exit code, the rest of stdout, and stderr."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers on a free port, unless told otherwise; none outlives the test."""
    started: list[Running] = []

    def start(port: int = 0, host: str = "127.0.0.1", *flags: str) -> Running:
        started.append(Running(str(port), host, *flags))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.communicate()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def request(path: str, *, extra: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (path.encode(), extra)


def answer(connection: socket.socket) -> bytes:
    """Return all that comes until the other side closes."""
    with closing(connection):
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def ask(port: int, raw: bytes) -> bytes:
    connection = connect(port)
    connection.sendall(raw)
    return answer(connection)


def is_refused(port: int) -> bool:
    """Whether connections come to be refused."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        try:
            connect(port).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return True
    return False


CLOSE = b"Connection: close\r\n"


def test_announced_server_answers(start: Start) -> None:
    """Port 0 is a free port, and the URL that is announced is the real one."""
    found = ask(start().port(), request("/", extra=CLOSE))

    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert found.endswith(b"\r\n\r\nquick")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_an_idle_server(start: Start, number: signal.Signals) -> None:
    """The application is shut down, the call returns, nothing is complained of."""
    server = start()
    idle = connect(server.port())
    idle.sendall(request("/"))
    assert idle.recv(65_536).endswith(b"quick")

    server.process.send_signal(number)

    assert server.end() == (0, "closed\nreturned\n", "")
    assert answer(idle) == b""


def test_open_request_is_answered_while_stopping(start: Start) -> None:
    """What was begun is finished."""
    server = start()
    connection = connect(server.port())
    connection.sendall(request("/until-stopped"))
    assert server.line() == "open"

    server.process.send_signal(signal.SIGTERM)

    assert answer(connection).endswith(b"whole")
    assert server.end() == (0, "closed\nreturned\n", "")


def test_no_connection_is_accepted_while_stopping(start: Start) -> None:
    """The port is given up at once, not when the last request ends."""
    server = start()
    port = server.port()
    with closing(connect(port)) as connection:
        connection.sendall(request("/never"))
        assert server.line() == "open"
        server.process.send_signal(signal.SIGTERM)
        assert server.line() == "stopping"

        assert is_refused(port)
        assert server.process.poll() is None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_second_signal_exits_at_once(start: Start, number: signal.Signals, code: int) -> None:
    """An open request does not hold up somebody who asks twice."""
    server = start()
    with closing(connect(server.port())) as connection:
        connection.sendall(request("/never"))
        assert server.line() == "open"
        server.process.send_signal(number)
        assert server.line() == "stopping"

        server.process.send_signal(number)

        assert server.end() == (code, "", "")


def test_client_that_left_in_the_middle_leaves_no_noise(start: Start) -> None:
    """A body that was never finished does not make the end of the process a crash."""
    server = start()
    with closing(connect(server.port())) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        assert server.line() == "open"
    assert server.line() == "left"

    server.process.send_signal(signal.SIGTERM)

    assert server.end() == (0, "closed\nreturned\n", "")


def test_second_server_on_the_port_is_refused(start: Start) -> None:
    """It says so in one line, and the first one goes on alone."""
    port = start().port()

    second = start(port).end()

    assert second == (1, "", f"port {port} on 127.0.0.1 is taken\n")
    assert ask(port, request("/", extra=CLOSE)).endswith(b"quick")


def test_failed_start_up_is_the_applications_own_error(start: Start) -> None:
    """Nothing is announced, and the exit code is that of the problem."""
    failed = start(0, "127.0.0.1", "--no-store").end()

    assert failed == (6, "", "the store is not there\n")


def test_many_silent_clients_leave_others_served(start: Start) -> None:
    """Connections that ask nothing are no limit for those that do."""
    port = start().port()
    with ExitStack() as held:
        for _ in range(300):
            held.enter_context(closing(connect(port)))

        found = ask(port, request("/", extra=CLOSE))

    assert found.endswith(b"quick")


@pytest.mark.parametrize(
    ("spare", "status"), [(0, b"200"), (1, b"431")], ids=["16 KiB", "one byte more"]
)
def test_header_block_has_a_limit(start: Start, spare: int, status: bytes) -> None:
    """Request line to blank line, 16 KiB; beyond that a bare 431."""
    frame = request("/", extra=CLOSE + b"X: \r\n")
    filler = b"a" * (16_384 - len(frame) + spare)

    found = ask(start().port(), request("/", extra=CLOSE + b"X: " + filler + b"\r\n"))

    assert found[9:12] == status


@pytest.mark.parametrize(("fields", "status"), [(100, b"200"), (101, b"431")])
def test_header_fields_have_a_limit(start: Start, fields: int, status: bytes) -> None:
    """A hundred fields and no more."""
    extra = CLOSE + b"".join(b"X-%d: 1\r\n" % number for number in range(fields - 2))

    found = ask(start().port(), request("/", extra=extra))

    assert found[9:12] == status


@pytest.mark.parametrize("raw", [b"\x16\x03\x01\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_gets_a_bare_answer(start: Start, raw: bytes) -> None:
    """Whatever answers there names nobody's product."""
    found = ask(start().port(), raw)

    assert found.startswith(b"HTTP/1.1 400 ")
    assert b"ranian" not in found


def test_listening_shares_its_port_with_nobody() -> None:
    """Not even with one that would share its own."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(Failed, match="is taken"):
            listen("127.0.0.1", other.getsockname()[1])


def test_port_is_free_again_after_its_connections() -> None:
    """A server can be started anew while the past one's connections fade away."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        client = connect(port)
        accepted, _ = first.accept()
        accepted.close()
        client.close()

    listen("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("192.0.2.1", "192.0.2.1 is not an address of this machine"),
        ("no..where", "the host 'no..where' has no address"),
    ],
)
def test_impossible_host_is_explained(host: str, message: str) -> None:
    """The error names the host, and the hint one that works."""
    with pytest.raises(Failed) as failed:
        listen(host, 0)

    assert failed.value.message == message
    assert "127.0.0.1" in (failed.value.hint or "")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")],  # noqa: S104
)
def test_url_is_one_that_a_client_can_use(host: str, shown: str) -> None:
    """An address that stands for all of them is no address to connect to."""
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]

        assert url_of(listening, host) == f"http://{shown}:{port}"
