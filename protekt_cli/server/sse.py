"""Events as a stream writes them (WHATWG HTML, 9.2): text of a few lines each.

The JSON is plain ASCII: some clients take the line separators of Unicode for the end of a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from protekt_cli.engine.feed import Gap
from protekt_cli.engine.representation import event_json
from protekt_cli.models import Event

#: Says nothing, and that the connection is alive.
COMMENT = b":\n\n"

#: Bytes that are handed over at once: small, because the server holds some of them for each reader.
_CHUNK = 16_384

_encode = json.JSONEncoder(separators=(",", ":")).encode


def frame(event: Event) -> bytes:
    """Return one event: its `seq`, its type, and its JSON."""
    return _frame(event.seq, event.type, event_json(event))


def gap_frame(gap: Gap) -> bytes:
    """Return the word that events are missing, whose id resumes behind them."""
    return _frame(gap.through, "gap", {"type": "gap", "after": gap.after, "through": gap.through})


def chunks(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Join frames to chunks of a bounded size."""
    chunk = bytearray()
    for each in frames:
        if chunk and len(chunk) + len(each) > _CHUNK:
            yield bytes(chunk)
            chunk.clear()
        chunk += each
    if chunk:
        yield bytes(chunk)


def _frame(id_: int, type_: str, data: object) -> bytes:
    return f"id: {id_}\nevent: {type_}\ndata: {_encode(data)}\n\n".encode()
