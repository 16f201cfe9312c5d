"""What is new in the chain of events, read once for all the streams of a worker.

While there are streams it looks every quarter of a second, which finds what other processes
wrote too. It keeps the newest events; a stream that is further behind reads its own way forward
from the store. So nothing is queued for anybody, and a slow reader costs the others nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protekt_cli.engine import feed
from protekt_cli.engine.event_log import Head
from protekt_cli.engine.feed import Credential, Interest, News
from protekt_cli.errors import Overloaded, StoreUnavailable
from protekt_cli.server import sse
from protekt_cli.server.deadline import Deadline
from protekt_cli.server.listeners import Framed, Listener, Taken
from protekt_cli.server.listening import UNREAD

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine

#: Events that are kept for streams that are a little behind.
_KEPT = 2000
#: Events that one stream takes before the next one does.
_AT_ONCE = 100
#: Looks between two breaths where there is much: fewer events than are kept, at a pace that no
#: writer keeps up for long.
_LOOKS_AT_ONCE = 7
#: Seconds of a breath, in which the streams keep up.
_BREATH = 0.01

#: Streams of one session or API key in one worker, each of which is a connection that is held.
MOST_STREAMS = 32

_log = logging.getLogger("protekt")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and for how long, in seconds."""

    look: float = 0.25
    #: Between two comments: well below the 15 that are promised.
    comment: float = 10.0
    #: How long a reader may take nothing.
    stall: float = UNREAD


class Broadcast:
    """The streams of one worker, bound to its event loop."""

    def __init__(
        self,
        engine: Engine,
        stopping: asyncio.Event,
        pace: Pace = Pace(),
        tell_open: Callable[[int], None] = lambda _: None,
    ) -> None:
        """
        Args:
            stopping: Set when the server begins to stop, which ends all streams.
            tell_open: Called with how many streams are open, whenever that changes.
        """
        self.pace = pace
        self._tell_open = tell_open
        self.deadline = Deadline(pace.stall)
        self._engine = engine
        self._stopping = stopping
        #: The task that writes for each stream that is open.
        self._open: dict[Listener, asyncio.Task[None]] = {}
        #: How many have entered, by the id of their session or API key.
        self._held: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._has_failed = False
        #: Whoever is far behind reads one at a time, so that all of them together stop nobody.
        self._turn = asyncio.Lock()
        #: The newest events, each with what a stream writes of it, behind the `seq` of `_start`.
        self._newest: list[Framed] = []
        self._start = 0
        self._head = Head(0, b"")

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def listener(
        self, interest: Interest, credential: Credential, after: int | None = None
    ) -> Listener:
        """Return a stream that is not open yet, and goes on from here.

        Args:
            after: The last `seq` that its reader has seen; None for what is to come alone.
        """
        if after is None:
            after = self._engine.read(feed.head).seq
        return Listener(interest, credential, after)

    def enter(self, listener: Listener) -> None:
        """Make room for a stream, until it leaves.

        Raises:
            Overloaded: Its session or its API key has as many as it may have.
        """
        holder = listener.credential.id
        if self._held[holder] >= MOST_STREAMS:
            raise Overloaded(
                f"{MOST_STREAMS} event streams are open already for this session or key",
                hint="close one of them",
            )
        self._held[holder] += 1

    async def join(self, listener: Listener, writing: asyncio.Task[None]) -> None:
        """Let a stream hear of what is new, until it leaves; *writing* is cancelled at a stop."""
        self._open[listener] = writing
        self._tell_open(len(self._open))
        if self._looking is None or self._looking.done():
            self._forget(self._engine.read(feed.head))
            self._looking = asyncio.create_task(self._keep_looking())
        await self.look_through()
        if listener.position > self._head.seq:
            listener.set_back(self._engine.read(feed.beginning))

    def leave(self, listener: Listener) -> None:
        """Let go of a stream that entered."""
        holder = listener.credential.id
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]
        if self._open.pop(listener, None) is not None:
            self._tell_open(len(self._open))

    def close(self) -> None:
        """End what is left."""
        for task in (self._looking, *self._open.values()):
            if task is not None:
                task.cancel()

    async def take(self, listener: Listener) -> Taken:
        """Return the next of what a stream shows, and move it on; others get their turn."""
        if listener.gap is not None:
            gap, listener.gap = listener.gap, None
            return Taken([sse.gap_frame(gap)])
        if listener.position >= self._start:
            taken = self._take_newest(listener)
            await asyncio.sleep(0)
            return taken
        async with self._turn:
            taken = self._take_stored(listener)
            await asyncio.sleep(0)
            return taken

    def _take_stored(self, listener: Listener) -> Taken:
        passage = self._engine.read(
            lambda view: feed.read(view, listener.interest, listener.position, self._head.seq)
        )
        listener.position = passage.through
        listener.is_doubted = True  # what ended it may be among what it does not show
        taken = listener.pick((event, sse.frame(event)) for event in passage.events)
        if passage.gap is not None:
            taken.frames.insert(0, sse.gap_frame(passage.gap))
        return taken

    def _take_newest(self, listener: Listener) -> Taken:
        begin = listener.position - self._start
        end = begin + _AT_ONCE
        if end < len(self._newest):
            listener.position += _AT_ONCE
            return listener.pick(self._newest[begin:end])
        listener.position = max(listener.position, self._head.seq)
        return listener.pick(self._newest[begin:], is_all=True)

    async def is_good(self, listener: Listener) -> bool:
        """Whether the credential of a stream lives; if not, its end is there to be taken."""
        try:
            is_good = self._engine.read(lambda view: feed.is_good(view, listener.credential))
        except StoreUnavailable:
            return True  # and is asked again: it is the store that is away
        listener.is_doubted = False
        if not is_good:
            await self.look_through()
        return is_good

    async def look_through(self) -> None:
        """Take note of all that is there now, as before some of it is taken away.

        However much it is, others get their turn between two looks.
        """
        last = self._engine.read(feed.head).seq
        while self._open and self._look() and self._head.seq < last:
            await asyncio.sleep(0)

    async def _keep_looking(self) -> None:
        while self._open and not self.is_stopping:
            try:
                while await self._look_at_much():
                    await asyncio.sleep(_BREATH)
                self._has_failed = False
            except StoreUnavailable as error:
                self._complain(error)
            except Exception:
                _log.exception("the events could not be looked at")
            await self._pause()
        if self.is_stopping:
            for writing in self._open.values():
                writing.cancel()

    async def _look_at_much(self) -> bool:
        """Look several times; return whether there may be more."""
        for _ in range(_LOOKS_AT_ONCE):
            if not self._look():
                return False
            await asyncio.sleep(0)
        return True

    def _complain(self, error: StoreUnavailable) -> None:
        """Say once what keeps the streams from going on; the next look may succeed."""
        if not self._has_failed:
            _log.warning("the event streams wait: %s", error.message)
        self._has_failed = True

    async def _pause(self) -> None:
        """Wait for the next look, or for the end."""
        try:
            async with asyncio.timeout(self.pace.look):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _look(self) -> bool:
        """Take note of the next events; return whether there were any."""
        news, now = self._engine.read(lambda view: (feed.look(view, self._head), view.now.seconds))
        self._doubt(
            each
            for each in self._open
            if each.credential.expires_at is not None and each.credential.expires_at <= now
        )
        if news is None:
            return False
        if news.is_anew or news.start != self._head.seq:
            self._leave_out(news)
        self._newest += [(event, sse.frame(event)) for event in news.events]
        self._head = news.head
        self._tell(news)
        if len(self._newest) > 2 * _KEPT:
            self._start += len(self._newest) - _KEPT
            del self._newest[:-_KEPT]
        return True

    def _tell(self, news: News) -> None:
        """Wake the streams that may show what is new, and move the others past it."""
        about = {None, *(event.user_id for event in news.events)}
        for listener in self._open:
            if listener.interest.user_id in about:
                listener.news.set()
            elif news.start <= listener.position < news.head.seq:
                listener.position = news.head.seq

    def _leave_out(self, news: News) -> None:
        """Go on behind a gap: of what was pruned in between, or of a chain that was replaced."""
        self._forget(Head(news.start, b""))
        for listener in self._open:
            if news.is_anew and listener.position > news.start:
                listener.set_back(news.start)
        self._doubt(self._open)

    def _forget(self, head: Head) -> None:
        self._newest.clear()
        self._start, self._head = head.seq, head

    def _doubt(self, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            listener.is_doubted = True
            listener.news.set()
