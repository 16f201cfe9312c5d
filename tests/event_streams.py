"""Event streams, taken apart as strictly as they are promised (WHATWG HTML, 9.2)."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Seconds; longer than anything here may take.
PATIENCE = 20.0
OWN = "/v1/events"
ALL = "/v1/admin/events/stream"

_EVENT = re.compile(r"id: (\d+)\nevent: (\S+)\ndata: (\{.*\})")


@dataclass(frozen=True, slots=True)
class Shown:
    """One event, as it stands in a stream."""

    id: int
    type: str
    data: Any


def parse(text: str) -> list[Shown]:
    """Return the events of a stream; what comes after the last empty line is not there yet."""
    shown = []
    for block in text.split("\n\n")[:-1]:
        if block == ":":
            continue
        match = _EVENT.fullmatch(block)
        assert match is not None, block
        shown.append(Shown(int(match[1]), match[2], json.loads(match[3])))
    return shown


class Listening:
    """One stream over a real socket, read by a thread of its own until it ends."""

    def __init__(
        self,
        port: int,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        after: int | None = None,
    ) -> None:
        given = {"Authorization": token and f"Bearer {token}", "X-API-Key": key}
        given["Last-Event-ID"] = None if after is None else str(after)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.connect()
        self._socket: socket.socket = self._connection.sock
        headers = {name: value for name, value in given.items() if value is not None}
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200, self._response.read()
        #: Which of several workers answered.
        self.worker = str(self._response.getheader("X-Request-Id")).partition("-")[0]
        #: Whether the stream was ended properly; None while it goes on.
        self.is_whole: bool | None = None
        self._received = b""
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            while chunk := self._response.read1(65_536):
                self._received += chunk
            self.is_whole = True
        except (http.client.HTTPException, OSError):
            self.is_whole = False

    @property
    def events(self) -> list[Shown]:
        """What was shown so far."""
        return parse(self._received.decode())

    def wait_for(self, look: Callable[[list[Shown]], object]) -> list[Shown]:
        """Return what was shown, once *look* finds in it what it looks for."""
        deadline = time.monotonic() + PATIENCE
        while not look(shown := self.events):
            assert time.monotonic() < deadline, f"still waiting, after {shown[-3:]}"
            time.sleep(0.01)
        return shown

    def wait_for_end(self) -> list[Shown]:
        """Return all that was shown, once the stream is over."""
        self._thread.join(PATIENCE)
        assert self.is_whole is not None, f"it goes on, after {self.events[-3:]}"
        return self.events

    def close(self) -> list[Shown]:
        """Go away, and return what was shown by then."""
        if self.is_whole is None:
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._connection.close()
        return self.events
