"""What the server does though nobody asks: deadlines on time, and once a day what is too old.

It goes through the writer like every request, in steps that others get between. Where nothing
is due it costs one read a second.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from protekt_cli.engine import retention, sweeper
from protekt_cli.errors import StoreUnavailable

if TYPE_CHECKING:
    from protekt_cli.server.services import Services

#: Seconds between two looks.
_PERIOD = 1.0
#: Events that are written between two requests' turns.
_STEP = 250

_log = logging.getLogger("protekt")


async def keep_up(services: Services) -> None:
    """Do what is due, every second, for ever."""
    while True:
        try:
            await sweep(services)
            await _prune_daily(services)
        except StoreUnavailable as error:  # the next look may succeed
            _log.warning("what is due was not written: %s", error.message)
        except Exception:
            _log.exception("what is due was not written")
        await asyncio.sleep(_PERIOD)


async def catch_up(services: Services) -> None:
    """Do all that is due at once, as after the clock was moved.

    Raises:
        StoreUnavailable: It could not be written.
    """
    await sweep(services)
    await services.broadcast.look_through()
    while await services.submit(
        lambda transaction: retention.prune_step(services.engine, transaction)
    ):
        pass


async def sweep(services: Services) -> None:
    """Announce and end the sessions whose deadline has come."""
    engine = services.engine
    while engine.read(lambda view: sweeper.is_due(engine, view)):
        await services.submit(lambda transaction: sweeper.sweep(engine, transaction, _STEP))


async def _prune_daily(services: Services) -> None:
    engine = services.engine
    if engine.read(retention.is_due):
        while await services.submit(lambda transaction: retention.prune_due(engine, transaction)):
            pass
