"""One reader of a stream, as the broadcast sees it: what it may be shown, and how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from protekt_cli.engine import feed
from protekt_cli.engine.feed import Credential, Gap, Interest
from protekt_cli.models import Event

#: An event, and what a stream writes of it.
Framed = tuple[Event, bytes]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a stream has to write next."""

    frames: list[bytes]
    #: Nothing is known behind it.
    is_all: bool = False
    #: It ends with what ended the stream's credential.
    is_last: bool = False


@dataclass(slots=True, eq=False)
class Listener:
    """One stream: what it shows, and how far it is."""

    interest: Interest
    credential: Credential
    #: The `seq` that it goes on behind.
    position: int
    #: Told before anything else.
    gap: Gap | None = None
    #: Whether its credential may be over without an event that says so.
    is_doubted: bool = False
    #: Set where there may be something to take, or to find out.
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def set_back(self, start: int) -> None:
        """Go on behind a `seq`, where the chain beyond it was replaced, and say so."""
        self.gap = Gap(self.position, start)
        self.position = start

    def pick(self, news: Iterable[Framed], *, is_all: bool = False) -> Taken:
        """Return what is shown of *news*, up to the end of the credential."""
        frames = []
        for event, frame in news:
            if self.interest.includes(event):
                frames.append(frame)
            if feed.ended_by(event) == self.credential.id:
                return Taken(frames, is_last=True)
        return Taken(frames, is_all)
