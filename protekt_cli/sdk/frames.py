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


#: What comes first of all: the stream is open.
OPENED = Frame("open", {})


def frames(lines: Iterable[str]) -> Iterator[Frame]:
    """Yield what the lines of a stream say; comments are none of it, nor is half an event.

    Raises:
        ValueError: What it says is no JSON object.
    """
    type_, data = "", ""
    for line in lines:
        name, _, value = line.partition(":")
        if name == "event":
            type_ = value.removeprefix(" ")
        elif name == "data":
            data += value.removeprefix(" ") + "\n"
        elif not line:
            if data:
                yield Frame(type_, _object(data))
            type_, data = "", ""


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("an event is an object")
    return value
