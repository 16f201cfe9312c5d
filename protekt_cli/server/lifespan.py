"""The application's life around the server's: its start-up before, its shutdown after.

Spoken here and not by Granian, which goes on without an application whose start-up failed, and
never runs the shutdown of one whose requests do not end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from protekt_cli.errors import Failed
from protekt_cli.server.answer import ASGIApp, Message


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """Start *app*, and shut it down at the end.

    Raises:
        Problem: What the application itself raised.
    """
    conversation = _Conversation(app)
    await conversation.ask("startup")
    try:
        yield
    finally:
        await conversation.ask("shutdown")


class _Conversation:
    """The lifespan protocol of ASGI, from the server's side."""

    def __init__(self, app: ASGIApp) -> None:
        self._questions: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._app = asyncio.ensure_future(app(scope, self._questions.get, self._answers.put))

    async def ask(self, event: str) -> None:
        self._questions.put_nowait({"type": f"lifespan.{event}"})
        answer = asyncio.create_task(self._answers.get())
        await asyncio.wait({answer, self._app}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done() and answer.result()["type"] == f"lifespan.{event}.complete":
            return
        answer.cancel()
        await self._app  # raises what went wrong
        raise Failed(f"the application's {event} failed")
