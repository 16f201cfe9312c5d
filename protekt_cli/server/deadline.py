"""A deadline for many short waits at once, with one timer for all of them.

`asyncio.timeout` sets and cancels a timer each time, which is a tenth of what a whole validation
costs. Waits of the same length end in the order in which they began: only the oldest is watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Deadline:
    """Cuts short what is waited for longer than *seconds*."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        #: When each waiting task is late, the first to be so first.
        self._late: dict[asyncio.Task[Any], float] = {}
        #: The loop whose timer is set.
        self._watching: asyncio.AbstractEventLoop | None = None

    async def keep(self, waiting: Awaitable[T]) -> T:
        """Return what *waiting* returns.

        Raises:
            TimeoutError: It took too long.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 # a coroutine that runs is in a task
        loop = task.get_loop()
        late = self._late[task] = loop.time() + self._seconds
        if self._watching is not loop:
            self._watching = loop
            loop.call_at(late, self._cut, loop)
        try:
            return await waiting
        except asyncio.CancelledError:
            # Still listed, it is somebody else who cancels; and both may.
            if task in self._late or task.uncancel() > 0:
                raise
            raise TimeoutError from None
        finally:
            self._late.pop(task, None)

    def _cut(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task, late in list(self._late.items()):
            if late > now:
                loop.call_at(late, self._cut, loop)
                return
            del self._late[task]
            task.cancel()
        self._watching = None
