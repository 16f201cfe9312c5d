"""Ids: a TypeID, that is a prefix and a UUIDv7 in 26 characters of base 32.

They sort by creation, to the millisecond of the clock that is passed in, and are labels: never
a credential.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import uuid_utils
from typeid.codecs import base32  # TypeID itself checks again what is known, in ten times as long

from protekt_cli.errors import AmbiguousId, NotFound

#: Characters after the prefix that a cut id needs at least.
SHORTEST = 8

_SUFFIX = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}\Z")
_CUT_SUFFIX = re.compile(r"[0-9a-hjkmnp-tv-z]{0,26}\Z")


class Prefix(StrEnum):
    USER = "user"
    DEVICE = "dev"
    SESSION = "sess"
    EVENT = "evt"
    API_KEY = "apikey"
    SIGNING_KEY = "key"


def new_id(prefix: Prefix, milliseconds: int) -> str:
    """Return a new id of the given Unix *milliseconds* and 74 random bits (RFC 9562 5.7)."""
    return from_bytes(prefix, uuid_utils.uuid7(nanoseconds=milliseconds * 1_000_000).bytes)


def is_id(prefix: Prefix, text: str) -> bool:
    """Whether *text* is a whole id of this kind, in its one spelling."""
    head, _, suffix = text.rpartition("_")
    return head == prefix and _SUFFIX.match(suffix) is not None


def check_cut(prefix: Prefix, text: str) -> str:
    """Return the start of an id that somebody typed, if it can be one.

    Raises:
        AmbiguousId: There are too few characters after the prefix to look for.
        NotFound: It is no id of this kind, so nothing can be found by it.
    """
    head, _, suffix = text.rpartition("_")
    if head != prefix or not _CUT_SUFFIX.match(suffix):
        raise NotFound(f"{text!r} is no {NOUNS[prefix]} id", hint=f"it begins with {prefix}_")
    if len(suffix) < SHORTEST:
        raise AmbiguousId(
            f"{text!r} is too short for a {NOUNS[prefix]} id",
            hint=f"give at least {SHORTEST} characters after {prefix}_",
        )
    return text


def the_one(prefix: Prefix, text: str, found: Sequence[str]) -> str:
    """Return the one id that was found to begin as somebody typed.

    Raises:
        NotFound: None was.
        AmbiguousId: Several were.
    """
    noun = NOUNS[prefix]
    if not found:
        raise NotFound(f"there is no {noun} {text}")
    if len(found) > 1:
        raise AmbiguousId(f"{text} fits more than one {noun}", hint="give more of the id")
    return found[0]


def to_bytes(identifier: str) -> bytes:
    """Return the 16 bytes of a whole id's UUID."""
    return base32.decode(identifier.rpartition("_")[2])


def from_bytes(prefix: Prefix, raw: bytes) -> str:
    """Return the id of the UUID in *raw* (16 bytes)."""
    return prefix + "_" + base32.encode(raw)


NOUNS = {
    Prefix.USER: "user",
    Prefix.DEVICE: "device",
    Prefix.SESSION: "session",
    Prefix.EVENT: "event",
    Prefix.API_KEY: "API key",
    Prefix.SIGNING_KEY: "signing key",
}
