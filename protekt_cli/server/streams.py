"""The event streams: what happens to a user's own sessions, and for administrators everything.

A stream is written as long as the session or the API key lives that opened it, and no longer than
somebody reads. An open one is no use of a session; opening it is.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from starlette.types import Receive as StarletteReceive
from starlette.types import Scope as StarletteScope
from starlette.types import Send as StarletteSend

from protekt_cli.clock import monotonic
from protekt_cli.engine import feed
from protekt_cli.engine.feed import Credential, Interest
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import Scope
from protekt_cli.server import sse
from protekt_cli.server.access import authenticate, require_key
from protekt_cli.server.admin.event_bodies import StreamQuery
from protekt_cli.server.admin.paging import AskedList
from protekt_cli.server.answer import NO_STORE, Header, Message, Receive, Send
from protekt_cli.server.broadcast import Broadcast
from protekt_cli.server.listeners import Listener
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked
from protekt_cli.server.services import Services

#: A `seq` as a reader gives it back; no chain is longer.
_SEQ = re.compile("[0-9]{1,18}")
#: Seconds that the end of a stream may take when the server stops.
_FAREWELL = 0.5
_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream"),
    NO_STORE,
    (b"x-accel-buffering", b"no"),  # nginx would hold back what is small
)
_DOCUMENTED: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {
            "description": "Server-sent events: `id` the seq, `event` the type, `data` the event",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
    "openapi_extra": {
        "parameters": [
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last event that was seen: go on behind it",
                "schema": {"type": "string", "pattern": f"^{_SEQ.pattern}$"},
            }
        ]
    },
}

_log = logging.getLogger("protekt")


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/events", **_DOCUMENTED)
    async def own(request: Asked) -> Response:
        """Follow what happens to one's own sessions, devices and logins."""
        return await open_own(services, request)

    @api.get("/v1/admin/events/stream", **_DOCUMENTED)
    async def everything(request: AskedList, query: Annotated[StreamQuery, Query()]) -> Response:
        """Follow all events, or those of a type (`*` is any text), a user, or a session."""
        return open_all(services, request, query)


async def open_own(services: Services, request: Request) -> EventStream:
    """Open the stream of the request's own user, for as long as its session lives."""
    after = _last_event_id(request)
    session, user, _ = await authenticate(services, request)
    listener = services.broadcast.listener(Interest.of_user(user.id), Credential.of(session), after)
    return EventStream(services.broadcast, listener, request)


def open_all(services: Services, request: Request, query: StreamQuery) -> EventStream:
    """Open a stream of the events that are asked for, for as long as the API key lives."""
    key = require_key(request, Scope.READ)
    after = _last_event_id(request)
    interest = services.engine.read(
        lambda view: feed.interest(view, type_=query.type, user=query.user, session=query.session)
    )
    listener = services.broadcast.listener(interest, Credential.of(key), after)
    return EventStream(services.broadcast, listener, request)


class EventStream(Response):
    """An answer that goes on."""

    def __init__(self, broadcast: Broadcast, listener: Listener, request: Request) -> None:
        super().__init__()
        self.raw_headers = list(_HEADERS)
        self._broadcast = broadcast
        self._listener = listener
        self._request = request

    async def __call__(
        self, scope: StarletteScope, receive: StarletteReceive, send: StarletteSend
    ) -> None:
        """Write until it ends, its reader leaves or takes nothing, or the server stops.

        Raises:
            Overloaded: There are too many of them; nothing was sent.
        """
        self._broadcast.enter(self._listener)
        try:
            await self._answer(receive, send)
        finally:
            self._broadcast.leave(self._listener)

    async def _answer(self, receive: StarletteReceive, send: StarletteSend) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if self._request.method == "HEAD":
            await send(_part(b"", more=False))
            return
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_until_left(receive))
        try:
            await self._broadcast.join(self._listener, writing)
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            writing.cancel()
            leaving.cancel()
        if writing.done():
            await self._conclude(writing, send)

    async def _conclude(self, writing: asyncio.Task[None], send: Send) -> None:
        """End what was written to its end; what was not is cut off."""
        try:
            await writing
        except asyncio.CancelledError:
            if not self._broadcast.is_stopping:
                raise
        except TimeoutError:
            _log.warning("request %s was cut off: nobody read the events", self._request.id)
            return
        # One that takes nothing may not hold up a server that stops.
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await send(_part(b"", more=False))

    async def _write(self, send: Send) -> None:
        """Write what there is, and then what comes, to the end of the credential."""
        broadcast, listener = self._broadcast, self._listener
        comment_at, is_over = 0.0, False
        while True:
            frames = []
            if monotonic() >= comment_at:
                frames.append(sse.COMMENT)
                comment_at = monotonic() + broadcast.pace.comment
            if frames or listener.is_doubted:
                is_over = not await broadcast.is_good(listener)
            listener.news.clear()
            taken = await broadcast.take(listener)
            for chunk in sse.chunks(frames + taken.frames):
                await broadcast.deadline.keep(send(_part(chunk)))
            if taken.is_last or (is_over and taken.is_all):
                return
            if taken.is_all:
                await _first_of(listener.news, comment_at)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(news: asyncio.Event, at: float) -> None:
    """Wait for news, or for a time of the steady clock."""
    with suppress(TimeoutError):
        async with asyncio.timeout(at - monotonic()):
            await news.wait()


def _part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def _last_event_id(request: Request) -> int | None:
    """Return the `seq` that a reader saw last, if it says so."""
    given = request.header(b"last-event-id")
    if given is None:
        return None
    if not _SEQ.fullmatch(given):
        raise InvalidRequest("Last-Event-ID is not the id of an event of this stream")
    return int(given)
