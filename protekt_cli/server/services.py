"""What the routes work with: an engine to read with, the writer, and the hashing of passwords.

Reads are point look-ups of some microseconds and run on the event loop; writes wait for the disk
in the writer's thread; hashing takes tens of milliseconds and has threads of its own, one for
each core, and a short queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from protekt_cli.clock import monotonic
from protekt_cli.engine import api_keys
from protekt_cli.engine.configuration import record_change
from protekt_cli.engine.engine import Engine, settle
from protekt_cli.errors import Problem, StoreUnavailable
from protekt_cli.models import ApiKey
from protekt_cli.server import upkeep
from protekt_cli.server.broadcast import Broadcast
from protekt_cli.server.cookies import Cookies
from protekt_cli.server.hashing import Hashing
from protekt_cli.server.history import History
from protekt_cli.server.measuring import Measures
from protekt_cli.server.origins import Origins
from protekt_cli.server.proxies import Proxies
from protekt_cli.server.tally import Share, Tally
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.writer import Writer

T = TypeVar("T")

_log = logging.getLogger("protekt")


class Services:
    """One worker's share of an installation, bound to its event loop."""

    def __init__(
        self,
        engine: Engine,
        stopping: asyncio.Event | None = None,
        share: Share | None = None,
    ) -> None:
        """
        Args:
            stopping: Set when the server begins to stop, for what would not end by itself.
            share: This worker's part of what all workers count together.
        """
        self.engine = engine
        settings = engine.settings
        share = share or Tally().share()
        self.measures, self.history = Measures(share), History(share)
        self.hashing = Hashing(settings.server.workers, self.measures.hashing)
        self.cookies = Cookies(settings.cookies)
        self.origins = Origins(settings)
        self.proxies = Proxies(settings.server.trusted_proxies)
        self.broadcast = Broadcast(
            engine, stopping or asyncio.Event(), tell_open=self.measures.streams.set
        )
        self._writer: Writer | None = None
        self._noting: dict[str, asyncio.Task[None]] = {}
        self._upkeep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the writer's own connection, warm the hashing up, and begin to keep up with time."""
        loop, store = asyncio.get_running_loop(), self.engine.store
        self._writer = Writer(store.beside(), loop)
        store.look_once(loop.call_soon)
        self.engine.read(self.history.begin)
        # Not before: a start that fails on a taken port is none.
        await self.submit(lambda transaction: record_change(self.engine, transaction))
        await self.hashing.run(self.engine.passwords.warm_up)
        self._upkeep = asyncio.create_task(upkeep.keep_up(self))

    def stop(self) -> None:
        """Commit what is waiting and close everything."""
        self.broadcast.close()
        # What of it the writer has is written still; the rest would wait for it for ever.
        for noting in self._noting.values():
            noting.cancel()
        if self._upkeep is not None:
            self._upkeep.cancel()
        if self._writer is not None:
            self._writer.close()
        self.hashing.close()
        self.engine.close()

    async def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Return what *operation* returned, once it is on disk.

        Raises:
            Problem: The one that it returned (after the commit) or raised (nothing is written).
        """
        if self._writer is None:
            raise AssertionError("the services were not started")
        begun = monotonic()
        try:
            return settle(await self._writer.submit(operation))
        finally:
            self.measures.observe_write(monotonic() - begun)

    def find_key(self, presented: str) -> ApiKey | None:
        """Return the good API key that a program presents, and note that it was used."""
        key, is_due = self.engine.read(lambda view: _found(view, presented))
        if key is not None and is_due and key.id not in self._noting:
            self._noting[key.id] = asyncio.create_task(self._note_use(key))
        return key

    async def _note_use(self, key: ApiKey) -> None:
        """Write down that a key was used; nobody waits for it, and the next use tries again."""
        try:
            await self.submit(lambda transaction: api_keys.note_use(transaction, key))
        except StoreUnavailable as error:
            _log.warning("the use of an API key was not noted: %s", error.message)
        finally:
            del self._noting[key.id]


def _found(view: View, presented: str) -> tuple[ApiKey | None, bool]:
    key = api_keys.find(view, presented)
    return key, key is not None and api_keys.is_use_due(key, view.now.seconds)
