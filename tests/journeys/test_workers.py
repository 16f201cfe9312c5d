"""`protekt serve --workers 2`: two processes that are one server, and a parent that keeps them."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.clock import monotonic
from tests.journeys.asking import PATIENCE, Client
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server, until

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are seen in /proc")

#: Seconds in which nothing of a killed server may answer any more.
AT_ONCE = 2.0
VALIDATE = "/v1/sessions/validate"


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    """Two workers on an installation of its own."""
    with installation.serve("--workers", "2") as server:
        yield server


def children(server: Server) -> set[int]:
    """Return the workers that live."""
    pid = server.process.pid
    named = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(name) for name in named if is_running(int(name))}


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


@contextmanager
def one_of_each(server: Server, count: int = 2) -> Iterator[list[Client]]:
    """Keep a connection open to each worker; what they call their requests tells them apart."""
    with ExitStack() as stack:
        found: dict[str, Client] = {}

        def look() -> bool:
            # All at once, so that no worker can take every one of them.
            clients = [stack.enter_context(Client(server.port)) for _ in range(16)]
            with ThreadPoolExecutor(len(clients)) as threads:
                answers = list(threads.map(lambda client: client.ask("GET", "/healthz"), clients))
            for client, answer in zip(clients, answers, strict=True):
                name = (answer.header("X-Request-Id") or "").partition("-")[0]
                found.setdefault(name, client)
            return len(found) == count

        until(look, "an answer of every worker")
        yield list(found.values())


def ask_all(clients: list[Client], token: str) -> list[Any]:
    return [client.ask("POST", VALIDATE, {"sessionToken": token}).json() for client in clients]


def test_url_is_announced_once(server: Server) -> None:
    """Two workers answer, and the one line says where."""
    with one_of_each(server) as clients:
        ready = [client.ask("GET", "/readyz").status for client in clients]

    assert [200, 200] == ready
    assert 1 == server.log.read_text().count("Protekt is serving")
    assert 2 == len(children(server))


def test_revocation_by_one_worker_is_seen_by_the_other_at_once(server: Server) -> None:
    """The first validation after the acknowledgement fails in both, and also after a warm one."""
    with one_of_each(server) as clients:
        for revoking in (0, 1):
            token = server.login(EMAIL, PASSWORD)["sessionToken"]
            warm = ask_all(clients * 2, token)

            revoked = clients[revoking].ask("POST", "/v1/sessions/revoke", token=token)
            told = ask_all(clients[::-1] + clients, token)

            assert [True] * 4 == [each["valid"] for each in warm]
            assert {"revoked": 1} == revoked.json()
            assert ["session_revoked"] * 4 == [each.get("reason") for each in told]


def test_parallel_refreshes_over_two_workers_have_one_successor(
    installation: Installation, server: Server
) -> None:
    """Whoever presents the same token at once gets the same one back, and one rotation happens."""
    token = server.login(EMAIL, PASSWORD)["refreshToken"]

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(lambda _: server.refresh(token), range(64)))

    kinds = installation.rows("SELECT data FROM events WHERE type = 'session:refresh'")
    rotations = [data for (data,) in kinds if json.loads(data)["kind"] == "rotated"]
    names = {(answer.header("X-Request-Id") or "").partition("-")[0] for answer in answers}
    assert {200} == {answer.status for answer in answers}
    assert 1 == len({answer.json()["refreshToken"] for answer in answers})
    assert {1} == {answer.json()["refreshGeneration"] for answer in answers}
    assert 1 == len(rotations)
    assert 2 == len(names)


def test_killed_worker_is_replaced_and_nothing_is_lost(server: Server) -> None:
    """What was answered is there, whichever worker answered and whichever was killed."""
    sessions = [server.login(EMAIL, PASSWORD) for _ in range(4)]
    renewed = [server.refresh(session["refreshToken"]).json() for session in sessions]
    before = children(server)
    killed = min(before)

    os.kill(killed, signal.SIGKILL)
    until(lambda: len(children(server) - {killed}) == 2, "another worker")

    with one_of_each(server) as clients:
        told = [ask_all(clients, session["sessionToken"]) for session in renewed]
    assert [[True, True]] * 4 == [[each["valid"] for each in both] for both in told]
    assert f"worker {killed} ended" in server.log.read_text()


def test_workers_that_die_in_a_row_are_replaced_ever_later(server: Server) -> None:
    """The first successor comes at once; where it dies as soon, the next ones take their time."""

    def kill_one() -> None:
        os.kill(min(until(lambda: children(server), "a worker")), signal.SIGKILL)

    kill_one()
    until(lambda: "place in 0 s" in server.log.read_text(), "a successor at once")
    kill_one()
    until(lambda: "place in 1 s" in server.log.read_text(), "a successor after a second")
    kill_one()
    until(lambda: "place in 2 s" in server.log.read_text(), "a successor after two")

    until(lambda: len(children(server)) == 2, "both of them again")
    assert 200 == server.ask("GET", "/readyz").status


@pytest.mark.parametrize("attempt", range(5))
def test_no_orphan_answers_when_the_parent_alone_is_killed(server: Server, attempt: int) -> None:
    """Behind a parent that was killed no worker lives on, and its port is free."""
    with one_of_each(server) as clients:
        workers = children(server)
        os.kill(server.process.pid, signal.SIGKILL)
        deadline = monotonic() + AT_ONCE

        until(lambda: is_free(server.port) or monotonic() > deadline, "their end")
        orphans = [pid for pid in workers if is_running(pid)]
        answers = [answer for client in clients if (answer := answer_of(client))]

    assert ([], []) == (orphans, answers)
    assert is_free(server.port)


def is_free(port: int) -> bool:
    """Whether another server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answer_of(client: Client) -> int | None:
    try:
        return client.ask("GET", "/healthz").status
    except OSError:
        return None


@contextmanager
def half_sent(server: Server, token: str) -> Iterator[socket.socket]:
    """Begin a request that the server has to wait for the rest of."""
    body = json.dumps({"sessionToken": token}).encode()
    head = (
        f"POST {VALIDATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        # It says so once somebody reads the body, so that the request is in a worker's hands.
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(body[:-1])
        yield connection


def is_refused(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("to_all", [False, True], ids=["parent", "whole-group"])
def test_signal_lets_open_requests_finish(
    server: Server, number: signal.Signals, to_all: bool
) -> None:
    """A request that is open is answered whole, also where the workers get the signal too."""
    token = server.login(EMAIL, PASSWORD)["sessionToken"]
    workers = children(server)

    with half_sent(server, token) as connection:
        for pid in workers if to_all else ():
            os.kill(pid, number)
        server.process.send_signal(number)
        until(lambda: is_refused(server), "the end of listening")
        connection.sendall(b"}")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"valid":true' in answer
    assert 0 == server.process.wait(PATIENCE)
    assert [] == [pid for pid in workers if is_running(pid)]
    assert "ended" not in server.log.read_text()


def test_second_signal_ends_everything_at_once(server: Server) -> None:
    """Who insists does not wait for what is open."""
    token = server.login(EMAIL, PASSWORD)["sessionToken"]
    workers = children(server)

    with half_sent(server, token) as connection:
        server.process.terminate()
        until(lambda: is_refused(server), "the end of listening")
        server.process.terminate()
        code = server.process.wait(PATIENCE)
        left = connection.recv(1000)

    assert (128 + signal.SIGTERM, b"") == (code, left)
    assert [] == [pid for pid in workers if is_running(pid)]


def test_taken_port_is_one_clear_line(installation: Installation, server: Server) -> None:
    """A second server with workers does not share the port of the first."""
    ran = installation.run("serve", "--workers", "2", "--port", str(server.port))

    code, message = ran.refusal()
    assert (1, f"port {server.port} on 127.0.0.1 is taken") == (code, message)


def test_workers_are_a_setting_too(installation: Installation) -> None:
    """The file or the environment says how many, as for every setting."""
    with installation.serve(environ={"PROTEKT_SERVER_WORKERS": "3"}) as server:
        assert 3 == len(children(server))
