"""Reading a stream in a thread of its own, so that whoever consumes it can look up meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

#: What is read ahead at most; a consumer that takes nothing stops the reading.
_AHEAD = 1000
_END = object()


def read_aside(stream: Iterator[T], moment: float) -> Iterator[T | None]:
    """Yield what a stream says as soon as it does, and None whenever it says nothing.

    Args:
        moment: Seconds of silence after which it is None again.
    """
    said: Queue[object] = Queue(_AHEAD)

    def read() -> None:
        try:
            for each in stream:
                said.put(each)
            said.put(_END)
        except Exception as error:  # raised again where the stream is consumed
            said.put(error)

    Thread(target=read, daemon=True).start()
    while True:
        try:
            each = said.get_nowait()
        except Empty:
            yield None
            try:
                each = said.get(timeout=moment)
            except Empty:
                continue
        if each is _END:
            return
        if isinstance(each, Exception):
            raise each
        yield each  # type: ignore[misc]
