"""A reader of the event streams of an application in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from protekt_cli.engine import event_log, events, feed
from protekt_cli.engine.engine import Engine
from protekt_cli.server.answer import Header, Message
from protekt_cli.store.database import Transaction
from tests.event_streams import Shown, parse
from tests.journeys.installation import until
from tests.server.application import Application
from tests.server.talking import HOST, scope_of


class Reader:
    """Somebody who reads one stream of an application in this process."""

    def __init__(
        self,
        application: Application,
        target: str,
        *,
        bearer: str | None = None,
        key: str | None = None,
        after: object = None,
        headers: Iterable[Header] = (),
        method: str = "GET",
    ) -> None:
        fields = [HOST, *headers]
        if bearer is not None:
            fields.append((b"authorization", f"Bearer {bearer}".encode()))
        if key is not None:
            fields.append((b"x-api-key", key.encode()))
        if after is not None:
            fields.append((b"last-event-id", str(after).encode()))
        self.messages: list[Message] = []
        self._application = application
        self._answering: asyncio.Task[None] = application.run(self._begin(method, target, fields))
        until(lambda: len(self.messages) > 1, "an answer")

    async def _begin(
        self, method: str, target: str, fields: Sequence[Header]
    ) -> asyncio.Task[None]:
        self._leaving = asyncio.Event()
        asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if not asked:
                await self._leaving.wait()
                return {"type": "http.disconnect"}
            return asked.pop()

        async def send(message: Message) -> None:
            self.messages.append(message)

        async def ask() -> None:
            await self._application.app(scope_of(method, target, fields), receive, send)

        return asyncio.create_task(ask())

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def text(self) -> str:
        return b"".join(part["body"] for part in list(self.messages)[1:]).decode()

    @property
    def events(self) -> list[Shown]:
        """What was shown so far."""
        return parse(self.text)

    @property
    def ids(self) -> list[int]:
        return [event.id for event in self.events]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def has_ended(self) -> bool:
        """Whether the stream is over, properly."""
        return self._answering.done() and not self.messages[-1].get("more_body")

    def wait_for(self, type_: str) -> Shown:
        """Return the first event of a type, once it was shown."""

        def look() -> list[Shown]:
            return [event for event in self.events if event.type == type_]

        shown: list[Shown] = until(look, type_)
        return shown[0]

    def wait_for_end(self) -> list[Shown]:
        """Return all that was shown, once it is over."""
        until(lambda: self.has_ended, "the end of the stream")
        return self.events

    def leave(self) -> None:
        """Close the connection, and wait until the application has noticed."""
        self._application.run(_set(self._leaving))
        until(self._answering.done, "the application to notice")


async def _set(event: asyncio.Event) -> None:
    event.set()


def write(engine: Engine, *types: str, user_id: str | None = None) -> int:
    """Append events as another process does, and return the `seq` of the last."""

    def append(transaction: Transaction) -> int:
        return [
            events.append(engine, transaction, type_, actor="cli", user_id=user_id).seq
            for type_ in types
        ][-1]

    return engine.submit(append)


def prune(engine: Engine, through: int) -> None:
    """Prune up to a `seq`; the event of it is the next one."""
    engine.submit(
        lambda transaction: event_log.prune_step(
            engine, transaction, transaction.now.seconds, through, actor="cli"
        )
    )


def newest(engine: Engine) -> int:
    """Return the last `seq` there is."""
    return engine.read(feed.head).seq
