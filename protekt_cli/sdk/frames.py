"""Server-sent events (WHATWG HTML, 9.2), as far as a Protekt server writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Frame(NamedTuple):
    """One thing that a stream says."""

    #: The type of an event; `gap` where events are missing.
    type: str
    data: dict[str, Any]


def frames(lines: Iterable[str]) -> Iterator[Frame]:
    """Yield what the lines of a stream say; comments are none of it, nor is half an event."""
    type_, data = "", ""
    for line in lines:
        name, _, value = line.partition(":")
        match name:
            case "event":
                type_ = value.removeprefix(" ")
            case "data":
                data += value.removeprefix(" ")
        if not line:
            if data:
                yield Frame(type_, json.loads(data))
            type_, data = "", ""
