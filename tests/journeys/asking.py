"""HTTP as clients speak it, over real sockets: one request in, the whole answer out."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON = {"Content-Type": "application/json"}
#: What an answer was made with is nobody's business.
MADE_WITH = ("granian", "python", "fastapi", "starlette", "uvicorn", "traceback")
#: Longer than anything here may take; a test that waits so long has failed.
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the only header of that name."""
        found = [value for field, value in self.headers if field.lower() == name.lower()]
        assert len(found) < 2, found
        return found[0] if found else None

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)

    def problem(self) -> tuple[int, str, str | None]:
        """Return status, `code` and `reason` of a problem document."""
        assert self.header("Content-Type") == "application/problem+json", self
        body = self.json()
        assert {"type", "title", "status", "detail", "code"} <= body.keys()
        assert self.status == body["status"]
        return self.status, body["code"], body.get("reason")

    def revealing(self, *secrets: str) -> list[str]:
        """Return what stands in the answer of *secrets*, and of what it was made with."""
        said = f"{self.headers} {self.body!r}".lower()
        return [word for word in (*MADE_WITH, *secrets) if word in said]


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def __enter__(self) -> Client:
        self.connection.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Send *body* as JSON (bytes as they are), with *token* as the bearer's."""
        sent = dict(headers)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent = JSON | sent
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        return Answer(response.status, tuple(response.getheaders()), response.read())


def exchange(port: int, request: bytes) -> Answer:
    """Send bytes that no client library would, and return what comes back before the close."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response.status, tuple(response.getheaders()), response.read())
