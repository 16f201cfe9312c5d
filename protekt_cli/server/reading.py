"""Reading beside the event loop: a list of a large store may take longer than others can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from protekt_cli.server.services import Services
from protekt_cli.store.database import Store, View

T = TypeVar("T")


async def read_aside(services: Services, query: Callable[[View], T]) -> T:
    """Return what *query* finds in one snapshot, in a thread and by a connection of its own."""
    return await asyncio.to_thread(_read, services.engine.store, query)


def _read(store: Store, query: Callable[[View], T]) -> T:
    with closing(store.beside()) as beside:
        return beside.read(query)
