"""The way of log entries to stderr, where nobody reads, or nobody reads any more."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from protekt_cli.clock import monotonic
from protekt_cli.server.log_sink import MOST_WAITING, Entry, LogSink

#: More than a pipe holds.
MUCH = 200_000
PATIENCE = 10.0


class Pipe:
    """A pipe to write to, and its other end."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def close(self) -> None:
        for end in (self.reading, self.writing):
            with suppress(OSError):
                os.close(end)

    def read_until(self, end: bytes) -> bytes:
        """Read until that was read."""
        deadline, data = monotonic() + PATIENCE, b""
        while end not in data:
            ready, _, _ = select.select([self.reading], [], [], max(0, deadline - monotonic()))
            assert ready, data[-200:]
            data += os.read(self.reading, 65_536)
        return data


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def text(entry: Entry) -> str:
    return str(entry["event"])


def entry(event: str) -> Entry:
    return {"event": event}


def test_entries_come_out_as_lines_in_order(pipe: Pipe) -> None:
    """Each on its own line, once the writing has begun."""
    sink = LogSink(pipe.writing, text)
    sink.start()

    for number in range(1000):
        sink.put(entry(f"line {number}"))
    sink.flush()

    lines = pipe.read_until(b"line 999\n").decode().splitlines()
    assert [f"line {number}" for number in range(1000)] == lines


def test_entry_is_written_at_once_before_there_is_a_thread(pipe: Pipe) -> None:
    """A process that forks has no thread and still says what it has to say."""
    sink = LogSink(pipe.writing, text)

    sink.put(entry("alone"))

    assert b"alone\n" == os.read(pipe.reading, 100)


def fill(pipe: Pipe) -> None:
    """Leave no room in the pipe."""
    os.set_blocking(pipe.writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe.writing, b"x" * 4096)
    os.set_blocking(pipe.writing, True)


@pytest.mark.parametrize("is_started", [True, False], ids=["thread", "no-thread"])
def test_reader_that_reads_nothing_holds_nobody_up(pipe: Pipe, is_started: bool) -> None:
    """Handing in goes on; when there is room again, a line says how much was left out."""
    sink = LogSink(pipe.writing, text)
    fill(pipe)
    if is_started:
        sink.start()

    for number in range(MOST_WAITING + 100):
        sink.put(entry(f"early {number}"))
    emptied = pipe.read_until(b"x" * 4096)
    while b"early" not in emptied and len(emptied) < 65_536:
        emptied += os.read(pipe.reading, 65_536)
    sink.put(entry("late"))

    assert b"lines were left out here" in pipe.read_until(b"left out here\n")


def test_reader_that_left_ends_nothing(pipe: Pipe) -> None:
    """Nobody reads any more, and whoever logs does not hear of it."""
    sink = LogSink(pipe.writing, text)
    sink.start()
    os.close(pipe.reading)

    for number in range(100):
        sink.put(entry(f"to nobody {number}"))
    sink.flush()
    sink.put(entry("still there"))
    sink.flush()


def test_flush_does_not_wait_for_a_reader_for_ever(pipe: Pipe) -> None:
    """A process that ends does end."""
    sink = LogSink(pipe.writing, text)
    fill(pipe)
    sink.start()
    sink.put(entry("never read"))
    flushing = threading.Thread(target=sink.flush, daemon=True)

    flushing.start()
    flushing.join(PATIENCE)

    assert not flushing.is_alive()


def test_entry_that_cannot_be_written_stops_no_other(pipe: Pipe) -> None:
    """A line says so, and the writing goes on."""
    sink = LogSink(pipe.writing, text)
    sink.start()

    sink.put({"nothing": "to show"})
    sink.put(entry("half \ud800"))
    sink.put(entry("the next"))

    lines = pipe.read_until(b"the next\n").decode().splitlines()
    faults = ("KeyError", "UnicodeEncodeError")
    told = [f"an entry could not be written: {fault}" for fault in faults]
    assert [*told, "the next"] == lines
