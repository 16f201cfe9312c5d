"""The streams of one worker together: none waits for another, and the store is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from protekt_cli.engine import api_keys, feed
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.feed import Credential, Interest
from protekt_cli.models import ApiKey
from protekt_cli.server.answer import Message
from protekt_cli.server.body import BodyReader
from protekt_cli.server.broadcast import Broadcast, Pace
from protekt_cli.server.request import Request
from protekt_cli.server.streams import EventStream
from protekt_cli.store.database import View
from tests.event_streams import ALL, Shown, parse
from tests.server.streaming import newest, write
from tests.server.talking import scope_of

T = TypeVar("T")

#: Everything at once, and nobody is ever given up.
BRISK = Pace(look=0.005, comment=60.0, stall=60.0)


class AskedEngine(Engine):
    """An engine that counts how often it is asked."""

    reads = 0

    def read(self, query: Callable[[View], T]) -> T:
        """Count, and do as every engine does."""
        self.reads += 1
        return super().read(query)


class Client:
    """Somebody who has opened a stream, and takes what is sent, or does not."""

    def __init__(self, broadcast: Broadcast, key: ApiKey, after: int | None = None) -> None:
        self.messages: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()
        listener = broadcast.listener(Interest(), Credential.of(key), after)
        scope = scope_of("GET", ALL)
        request = Request(scope, self._receive, BodyReader(max_bytes=1))
        stream = EventStream(broadcast, listener, request)
        self.answering = asyncio.ensure_future(stream(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: Message) -> None:
        await self.takes.wait()
        self.messages.append(message)

    @property
    def text(self) -> str:
        return b"".join(part["body"] for part in self.messages[1:]).decode()

    @property
    def events(self) -> list[Shown]:
        return parse(self.text)

    @property
    def has_whole(self) -> bool:
        """Whether the answer was ended, not cut off."""
        return not self.messages[-1].get("more_body", True)


@pytest.fixture
def key(engine: Engine) -> ApiKey:
    """An API key that may read."""
    return engine.submit(
        lambda transaction: api_keys.create(engine, transaction, name="a key", actor="cli")
    )[0]


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario in a loop of its own, in which nothing may take long."""

    async def within() -> None:
        async with asyncio.timeout(20):
            await scenario()

    asyncio.run(within())


async def until(look: Callable[[], object]) -> None:
    while not look():
        await asyncio.sleep(0.002)


def test_comments_come_though_nothing_happens(engine: Engine, key: ApiKey) -> None:
    """So that a proxy, and the reader itself, know that the connection is alive."""

    async def scenario() -> None:
        client = Client(Broadcast(engine, asyncio.Event(), Pace(comment=0.01)), key)
        await until(lambda: client.text.count(":\n\n") > 3)

    run(scenario)


def test_comments_come_though_much_happens(engine: Engine, key: ApiKey) -> None:
    """An event is no comment."""

    async def scenario() -> None:
        client = Client(Broadcast(engine, asyncio.Event(), Pace(look=0.005, comment=0.01)), key)
        await until(lambda: client.messages)
        while client.text.count(":\n\n") < 4:
            write(engine, "user:update")
            await asyncio.sleep(0.002)

    run(scenario)


def test_default_pace_keeps_the_promises() -> None:
    """A comment every 15 s, events within a second, and 30 s for a reader who takes nothing."""
    pace = Pace()

    assert pace.comment < 14
    assert pace.look < 0.5
    assert 30 == pace.stall


def test_reader_who_takes_nothing_is_cut_off_alone(
    engine: Engine, key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    """The other one has all events at once, and goes on."""

    async def scenario() -> None:
        broadcast = Broadcast(engine, asyncio.Event(), Pace(look=0.005, stall=0.1))
        stalled, other = Client(broadcast, key), Client(broadcast, key)
        await until(lambda: len(stalled.messages) > 1 and len(other.messages) > 1)
        stalled.takes.clear()

        write(engine, "user:create")
        await until(lambda: len(other.events) == 1)
        assert not stalled.answering.done()
        await stalled.answering
        write(engine, "user:update")
        await until(lambda: len(other.events) == 2)

        assert not stalled.has_whole
        assert [] == stalled.events

    run(scenario)
    assert ["nobody read the events"] == [
        record.message.rpartition(": ")[2] for record in caplog.records
    ]


def test_slow_reader_misses_nothing(engine: Engine, key: ApiKey) -> None:
    """Nothing is kept for one that is far behind: it reads its own way forward from the store."""

    async def scenario() -> None:
        broadcast = Broadcast(engine, asyncio.Event(), BRISK)
        slow, quick = Client(broadcast, key), Client(broadcast, key)
        await until(lambda: len(slow.messages) > 1 and len(quick.messages) > 1)
        before = newest(engine)
        slow.takes.clear()

        for _ in range(12):
            write(engine, *["user:update"] * 500)
            await asyncio.sleep(0.002)
        await until(lambda: len(quick.events) == 6000)
        slow.takes.set()
        await until(lambda: len(slow.events) == 6000)

        assert list(range(before + 1, before + 6001)) == [event.id for event in slow.events]
        assert quick.events == slow.events

    run(scenario)


def test_events_go_on_behind_a_resumed_passage(engine: Engine, key: ApiKey) -> None:
    """Those that are written while somebody reads what was before come behind it, once."""

    async def scenario() -> None:
        broadcast = Broadcast(engine, asyncio.Event(), BRISK)
        last = write(engine, *["user:update"] * 1000)
        client = Client(broadcast, key, after=0)
        for _ in range(20):
            await asyncio.sleep(0.001)
            last = write(engine, "user:create", "user:create")
        await until(lambda: len(client.events) >= last)

        assert list(range(1, last + 1)) == [event.id for event in client.events]

    run(scenario)


def test_stop_waits_for_no_reader(engine: Engine, key: ApiKey) -> None:
    """One who takes nothing is cut off; the others' streams are ended."""

    async def scenario() -> None:
        stopping = asyncio.Event()
        broadcast = Broadcast(engine, stopping, BRISK)
        stalled, other = Client(broadcast, key), Client(broadcast, key)
        await until(lambda: len(stalled.messages) > 1 and len(other.messages) > 1)
        stalled.takes.clear()
        write(engine, "user:create")
        await until(lambda: other.events)

        stopping.set()
        await asyncio.gather(stalled.answering, other.answering)
        late = Client(broadcast, key)
        await late.answering

        assert [False, True, True] == [each.has_whole for each in (stalled, other, late)]

    run(scenario)


def test_others_get_their_turn_however_much_there_is_to_look_at(
    engine: Engine, key: ApiKey
) -> None:
    """As where a stream opens, or is ended, while very many sessions end."""

    async def scenario() -> None:
        broadcast = Broadcast(engine, asyncio.Event(), Pace(look=60.0))
        client = Client(broadcast, key)
        await until(lambda: len(client.messages) > 1)
        windows = 20
        write(engine, *["user:update"] * windows * feed.WINDOW)
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        others = asyncio.create_task(take_turns())
        await broadcast.look_through()
        others.cancel()

        assert turns >= windows - 1

    run(scenario)


def test_nothing_is_looked_for_where_nobody_listens(engine: Engine, key: ApiKey) -> None:
    """The last stream takes the looking with it, and the next one begins it anew."""

    async def scenario() -> None:
        broadcast = Broadcast(engine, asyncio.Event(), BRISK)
        quiet = len(asyncio.all_tasks())
        for _ in range(2):
            client = Client(broadcast, key)
            await until(lambda: len(client.messages) > 1)  # noqa: B023 - awaited at once
            write(engine, "user:update")
            await until(lambda: client.events)  # noqa: B023
            client.answering.cancel()
            await until(lambda: len(asyncio.all_tasks()) == quiet)

    run(scenario)


def test_streams_outlive_a_store_that_is_away(
    engine: Engine, key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    """They wait, say so once in the log, and miss nothing."""
    asked = AskedEngine(engine.settings, engine.store.beside(), {})

    async def scenario() -> None:
        pace = Pace(look=0.005, comment=0.01)
        client = Client(Broadcast(asked, asyncio.Event(), pace), key)
        await until(lambda: len(client.messages) > 1)
        database = engine.store.path
        away = Path(f"{database}.away")

        database.rename(away)
        await until(lambda: caplog.records)
        before = asked.reads
        await until(lambda: asked.reads > before + 3)
        away.rename(database)
        write(engine, "user:create", "user:update")
        await until(lambda: len(client.events) == 2)

    run(scenario)
    asked.close()
    assert 1 == len(caplog.records)
    assert "the event streams wait" in caplog.records[0].message
