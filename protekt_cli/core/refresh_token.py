"""Refresh tokens: derived from a session and a generation, never stored.

The payload is the session's UUID (16 bytes), the generation (5 bytes, big-endian) and the first
30 bytes of an HMAC-SHA256 over a random salt of the session, the UUID and the generation, under
a key that is derived from the master key. 51 bytes are 68 base64url characters with no bit left
over: a token has exactly one spelling. Whoever has the database and not the master key can make
none; whoever has the key can make any generation again, so none needs to be kept.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from protekt_cli.core import base64url, ids

PREFIX = "ref_"
SALT_BYTES = 16

_SESSION_BYTES = 16
_GENERATION_BYTES = 5
_SEAL_BYTES = 30
_LENGTH = len(PREFIX) + 68


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a presented token claims; nothing of it holds until its seal was compared."""

    session_id: str
    generation: int
    seal: bytes = field(repr=False)


def derive(key: bytes, salt: bytes, session_id: str, generation: int) -> str:
    """Return the refresh token of one generation of a session."""
    body = _body(session_id, generation)
    return PREFIX + base64url.encode(body + _seal(key, salt, body))


def parse(text: str) -> RefreshToken | None:
    """Return what a token claims, or None where it has not the shape of one."""
    if len(text) != _LENGTH or not text.startswith(PREFIX):
        return None
    try:
        raw = base64url.decode(text[len(PREFIX) :])
        session_id = ids.from_bytes(ids.Prefix.SESSION, raw[:_SESSION_BYTES])
    except ValueError:
        return None
    generation = int.from_bytes(raw[_SESSION_BYTES : _SESSION_BYTES + _GENERATION_BYTES], "big")
    return RefreshToken(session_id, generation, raw[-_SEAL_BYTES:])


def is_genuine(key: bytes, salt: bytes, token: RefreshToken) -> bool:
    """Whether the seal is the one that this installation gives; compared in constant time."""
    expected = _seal(key, salt, _body(token.session_id, token.generation))
    return hmac.compare_digest(expected, token.seal)


def _body(session_id: str, generation: int) -> bytes:
    return ids.to_bytes(session_id) + generation.to_bytes(_GENERATION_BYTES, "big")


def _seal(key: bytes, salt: bytes, body: bytes) -> bytes:
    return hmac.digest(key, salt + body, hashlib.sha256)[:_SEAL_BYTES]
