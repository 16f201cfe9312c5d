"""The log of a server: what went wrong, and a line for each request where that is wanted.

On a terminal it is made for people, elsewhere each line is one JSON object. No secret is in it,
no e-mail and no query string. It never writes to stdout.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from protekt_cli.clock import Clock
from protekt_cli.server.log_sink import Entry, LogSink
from protekt_cli.server.redaction import MASK, redact
from protekt_cli.server.request import Request

#: Of a path that was asked for; longer ones are cut.
_LONGEST_PATH = 512
_ANYTHING_BELOW = "/*"

_Processor = Callable[[Any, str, Any], Any]


def set_up() -> LogSink:
    """Let everything that this process logs come out on stderr, and return the way there."""
    sink = LogSink(sys.stderr.fileno(), renderer(for_people=sys.stderr.isatty()))
    logging.basicConfig(handlers=[_Handler(sink)], level=logging.WARNING, force=True)
    return sink


def renderer(*, for_people: bool) -> Callable[[Entry], str]:
    """Return what makes a line of an entry."""
    processors: Sequence[_Processor] = (
        _with_time,
        structlog.processors.format_exc_info,
        redact,
        *(_FOR_PEOPLE if for_people else _FOR_PROGRAMS),
    )

    def render(entry: Entry) -> str:
        made: Any = dict(entry)
        for process in processors:
            made = process(None, "", made)
        line: str = made
        return line

    return render


class AccessLog:
    """One entry for each request."""

    def __init__(
        self, put: Callable[[Entry], None], client_of: Callable[[Request], str | None]
    ) -> None:
        """
        Args:
            put: Takes the entries.
            client_of: Says from which address a request comes.
        """
        self._put, self._client_of = put, client_of
        self._clock = Clock()

    def observe(self, request: Request, status: int, seconds: float) -> None:
        """Write down a request that was answered with *status* (0: not at all) after *seconds*."""
        self._put(
            {
                "time": self._clock.now().milliseconds,
                "level": "info",
                "event": "request",
                "method": request.method,
                "path": _shown_path(request),
                "status": status or None,
                "ms": round(seconds * 1000, 3),
                "ip": self._client_of(request),
                "requestId": request.id,
            }
        )


def _shown_path(request: Request) -> str:
    # What stands below such a path is another application's, with secrets of a look of its own.
    if request.route.endswith(_ANYTHING_BELOW):
        return request.route
    segments = request.path.split("/")
    # An e-mail may look like anything: a segment that holds one is masked whole.
    path = "/".join(MASK if "@" in each or "%40" in each else each for each in segments)
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"


class _Handler(logging.Handler):
    """Takes what is logged in Python's own way: by this server, and by what it is built on."""

    def __init__(self, sink: LogSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        try:
            entry = {
                "time": int(record.created * 1000),
                "level": record.levelname.lower(),
                "event": record.getMessage(),
            }
        except Exception:
            self.handleError(record)
            return
        self._sink.put(entry | ({"exc_info": record.exc_info} if record.exc_info else {}))

    def flush(self) -> None:
        self._sink.flush()


def _with_time(_: object, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Write the time as people and programs read it."""
    milliseconds = entry.pop("time", None) or Clock().now().milliseconds
    at = datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
    return {"timestamp": f"{at.isoformat(timespec='milliseconds')}Z", **entry}


def _in_words(_: object, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Make a sentence of a request."""
    if "method" in entry:
        method, path, status = (entry.pop(name) for name in ("method", "path", "status"))
        entry["event"] = f"{method} {path} {status}"
    return entry


def _harmless(_: object, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Escape what could act on a terminal; a traceback alone may be of several lines."""
    return {
        name: _visible(value, "\n" if name == "exception" else "") for name, value in entry.items()
    }


def _visible(value: object, left: str) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in left else ascii(c)[1:-1] for c in value)


# Made once: `json.dumps` makes an encoder for each line.
_encode = json.JSONEncoder(default=repr).encode
_FOR_PROGRAMS: tuple[_Processor, ...] = (
    structlog.processors.JSONRenderer(serializer=lambda entry, **_: _encode(entry)),
)
_FOR_PEOPLE: tuple[_Processor, ...] = (
    _in_words,
    _harmless,
    structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False),
)
