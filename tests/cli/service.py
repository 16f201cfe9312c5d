"""A server to log in to over HTTP, and a way to it that loses answers and gathers requests."""

from __future__ import annotations

import re
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cli.running import PASSWORD
from tests.journeys.installation import Installation, Server


@dataclass(frozen=True, slots=True)
class Service:
    """A running server, and the key of its administrator."""

    server: Server
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the administrator is answered."""
        answer = self.server.ask(method, path, body, headers={"X-API-Key": self.key})
        assert answer.status < 300, answer
        return answer.json() if answer.body else None

    def add_user(self) -> str:
        """Create a user with the password, and return the e-mail."""
        email = f"{secrets.token_hex(8)}@example.com"
        self.ask("POST", "/v1/admin/users", {"email": email, "password": PASSWORD})
        return email

    def advance(self, duration: str) -> None:
        """Move the clock that the server goes by."""
        self.ask("POST", "/dev/clock", {"advance": duration})

    def session(self, session_id: str) -> Any:
        """Return a session as it stands."""
        return self.ask("GET", f"/v1/admin/sessions/{session_id}")

    def revoke(self, session_id: str) -> None:
        """End a session from outside."""
        self.ask("DELETE", f"/v1/admin/sessions/{session_id}")

    def refreshes(self, session_id: str) -> list[str]:
        """Return of which kind the refreshes of a session were."""
        query = f"session={session_id}&type=session:refresh&limit=1000"
        page = self.ask("GET", f"/v1/admin/events?{query}")
        return [event["data"]["kind"] for event in page["items"]]


@contextmanager
def served(
    installation: Installation, *arguments: str, environ: dict[str, str] | None = None
) -> Iterator[Service]:
    """Run a server on a new installation."""
    assert installation.run("init", *arguments).code == 0
    made = installation.run("apikeys", "create", "tests", "--scope", "admin", "--json")
    with installation.serve(*arguments, environ=environ or {}) as server:
        yield Service(server, made.json()["key"])


class BadWay:
    """Passes requests on to a server, but for what it is told to do to those of a path."""

    def __init__(self, port: int) -> None:
        #: The path whose answers are lost.
        self.loses: str | None = None
        #: Who asks for one's own session waits here until as many do.
        self.gathering: threading.Barrier | None = None
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Let nobody through any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with closing(client), socket.create_connection(("127.0.0.1", self._port)) as server:
            while request := _message(client):
                path = request.split(b" ")[1].decode()
                if self.gathering and path == "/v1/session":
                    self.gathering.wait()
                server.sendall(request)
                answer = _message(server)
                if path == self.loses:
                    return
                client.sendall(answer)


def _message(sender: socket.socket) -> bytes:
    """Return one request or answer, whole; nothing where there is no other."""
    message = b""
    while b"\r\n\r\n" not in message:
        part = sender.recv(65_536)
        if not part:
            return b""
        message += part
    head, _, body = message.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    missing = (int(length[1]) if length else 0) - len(body)
    while missing > 0:
        part = sender.recv(missing)
        message, missing = message + part, missing - len(part)
    return message
