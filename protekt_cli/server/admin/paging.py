"""Pages of the admin API's lists: `?limit=&cursor=` in, `{items, nextCursor}` out.

A cursor names the row that a page ended with, when the first page was read, and the question: the
filter and the order that it belongs to, in which alone that row is a place. So whatever is added
or removed between two pages, a row that stays is in exactly one. Where the order goes by what a
use changes (`active`, `expires`), so is each that was not used meanwhile; one that was has moved
on and may be in none, and is in two only where it was used in the very second of the first page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends
from pydantic import BeforeValidator, Field

from protekt_cli.core import base64url, strict_json
from protekt_cli.engine.representation import Json as JsonObject
from protekt_cli.errors import InvalidRequest
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked
from protekt_cli.server.schemas import Json
from protekt_cli.store.paging import Page, Position

T = TypeVar("T")

#: Items of a page at most.
LONGEST = 1000

_DIGEST_BYTES = 12
_TOO_LARGE = 2**53  # for a second and for a `seq`, and no sum of two is for the store


def _whole(written: object) -> object:
    """Read plain digits as a number; what is none is for pydantic to refuse."""
    if isinstance(written, str) and written.isascii() and written.isdigit():
        return int(written[:20])
    return written


class Paged(Json):
    """The query parameters of every list; a filter that is not known is refused, not ignored."""

    limit: Annotated[int, Field(ge=1, le=LONGEST), BeforeValidator(_whole)] = 50
    cursor: str | None = None


class Place(NamedTuple):
    """Where a page of one question begins."""

    question: str
    #: When the first page was read.
    as_of: int
    after: Position | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a request said about where to go on; nothing, where it asks for the first page."""

    #: When the first page was read: what a filter like "seven days ago" is counted from.
    as_of: int
    _place: Place | None

    @classmethod
    def of(cls, asked: Paged, now: int) -> Cursor:
        """Read the cursor that a request brings at *now*.

        Raises:
            InvalidRequest: It is none of ours.
        """
        if asked.cursor is None:
            return cls(now, None)
        place = _decode(asked.cursor)
        return cls(place.as_of, place)

    def place_in(self, *question: object) -> Place:
        """Return where the page begins in the answer to a question.

        Args:
            question: The list, its order and its filter; their `repr` says all there is to them.

        Raises:
            InvalidRequest: The cursor belongs to another question.
        """
        digest = base64url.encode(sha256(repr(question).encode()).digest()[:_DIGEST_BYTES])
        if self._place is None:
            return Place(digest, self.as_of, None)
        if self._place.question != digest:
            raise InvalidRequest(
                "cursor: it belongs to another query",
                hint="repeat the query that it came from, with the same filters and order",
            )
        return self._place


def page_json(page: Page[T], place: Place, show: Callable[[T], JsonObject]) -> JsonObject:
    """Return a page as it is answered, with the cursor of the next one."""
    following = None if page.next is None else _encode(place._replace(after=page.next))
    return {"items": [show(item) for item in page.items], "nextCursor": following}


def _asked_once(request: Asked) -> Request:
    """Refuse a query in which a parameter stands twice: one of them would not count."""
    names = set()
    for name, _ in parse_qsl(request.query.decode("latin-1"), keep_blank_values=True):
        if name in names:
            raise InvalidRequest(f"query parameter {name!a} is there twice")
        names.add(name)
    return request


#: A list's parameter of this type is the request, which says each thing once.
AskedList = Annotated[Request, Depends(_asked_once)]


def _encode(place: Place) -> str:
    after = place.after
    key, id_ = (after.key, after.id) if after else (None, None)
    text = json.dumps([place.question, place.as_of, key, id_], separators=(",", ":"))
    return base64url.encode(text.encode())


def _decode(text: str) -> Place:
    """Read what `_encode` wrote, and nothing else: a cursor has one spelling."""
    try:
        question, as_of, key, id_ = strict_json.loads(base64url.decode(text))
        place = Place(question, as_of, Position(key, id_))
        is_ours = _is_whole(as_of) and isinstance(id_, str) and _is_key(key)
        is_ours = is_ours and _encode(place) == text
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        raise InvalidRequest("cursor: it is none", hint="give a nextCursor as it was answered")
    return place


def _is_key(value: Any) -> bool:
    return value is None or isinstance(value, str) or _is_whole(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < _TOO_LARGE
