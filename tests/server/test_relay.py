"""What a finished request leaves behind: nothing that keeps its connection."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route

from protekt_cli.config import Settings
from protekt_cli.errors import Conflict
from protekt_cli.server.admission import Admission
from protekt_cli.server.answer import Message
from protekt_cli.server.cors import Cors
from protekt_cli.server.gate import Gate
from tests.server.talking import scope_of


class Connection:
    """What a server hands in with a request, for as long as anybody holds it."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture
def _no_collection() -> Iterator[None]:
    """Let nothing go but what nobody holds."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
def test_connection_is_let_go_though_an_error_is_kept() -> None:
    """Its traceback holds all that the request came through, and might be kept for long."""
    kept: list[BaseException] = []

    async def refuse(request: StarletteRequest) -> Response:
        await request.body()
        try:
            raise Conflict("it is there already")
        except Conflict as error:
            kept.append(error)
            raise

    gate = Gate(
        hot={},
        fallback=Starlette(routes=[Route("/", refuse, methods=["POST"])]),
        admission=Admission(Settings(), lambda presented: None),
        cors=Cors(()),
        max_body_bytes=1000,
    )
    connection = Connection()
    held = weakref.ref(connection)

    asyncio.run(gate(scope_of("POST", "/"), connection.receive, connection.send))
    statuses = [message["status"] for message in connection.sent if "status" in message]
    del connection

    assert [409] == statuses
    assert 1 == len(kept)
    assert None is held()
