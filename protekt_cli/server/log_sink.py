"""The way of log entries to stderr: through a thread of its own, so that no reader slows a request.

Handing an entry in never waits. What cannot be written in time is left out, and a line says how
much it was. Nothing here knows what stands in an entry.
"""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Entry = Mapping[str, Any]

#: Entries that may wait: about as many as a busy server writes in a second.
MOST_WAITING = 10_000
#: Bytes that a pipe takes whole, with nothing of another process in between (PIPE_BUF on Linux).
_WHOLE = 4096
#: Seconds in which lines are gathered: waking a thread for each costs more than the line itself.
_GATHERING = 0.02
#: Seconds that the last lines may take.
_LAST_LINES = 1.0


class LogSink:
    """Entries in, lines out."""

    def __init__(self, descriptor: int, render: Callable[[Entry], str]) -> None:
        self._descriptor = descriptor
        self._render = render
        self._waiting: queue.SimpleQueue[Entry | threading.Event] = queue.SimpleQueue()
        self._left_out = 0
        self._counting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write in a thread: in a process that will not fork any more."""
        self._thread = threading.Thread(target=self._run, name="protekt-log", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Take an entry, to be written soon; before there is a thread, now or not at all."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._leave_out(1)
            return
        self._waiting.put(entry)
        if self._thread is None:
            self._write_now()

    def flush(self) -> None:
        """Wait until all that was taken is written, but not for long."""
        if self._thread is not None:
            written = threading.Event()
            self._waiting.put(written)
            written.wait(_LAST_LINES)

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            time.sleep(_GATHERING)
            self._write([first, *self._take_rest()])

    def _write_now(self) -> None:
        entries = self._take_rest()
        if select.select([], [self._descriptor], [], 0)[1]:
            self._write(entries)
        else:
            self._leave_out(len(entries))

    def _take_rest(self) -> list[Entry | threading.Event]:
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    def _write(self, taken: list[Entry | threading.Event]) -> None:
        entries = [each for each in taken if not isinstance(each, threading.Event)]
        if left_out := self._left_out:
            entries.append({"level": "warning", "event": f"{left_out} lines were left out here"})
        try:
            for data in _in_pieces(self._line(entry) for entry in entries):
                _write_all(self._descriptor, data)
            self._leave_out(-left_out)
        except OSError:  # a full disk, or nobody there to read: it may be over with the next line
            self._leave_out(len(entries))
        for each in taken:
            if isinstance(each, threading.Event):
                each.set()

    def _line(self, entry: Entry) -> bytes:
        try:
            return f"{self._render(entry)}\n".encode()
        except Exception as error:  # whatever is wrong with one entry, the others are written
            event = f"an entry could not be written: {type(error).__name__}"
            return f"{self._render({'level': 'error', 'event': event})}\n".encode()

    def _leave_out(self, count: int) -> None:
        """Count lines that are left out, or that a line has told of, in whichever thread."""
        with self._counting:
            self._left_out += count


def _in_pieces(lines: Iterable[bytes]) -> Iterable[bytes]:
    """Put together as many lines as can be written whole at once."""
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) > _WHOLE:
            yield piece
            piece = b""
        piece += line
    if piece:
        yield piece


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
