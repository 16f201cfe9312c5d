"""The compact form of a JWS (RFC 7515 3.1), parsed strictly and before any key is looked at.

PyJWT accepts doubled names, stray padding, any length: several spellings of one token. Here a
token has exactly one. Nothing is verified, and nothing heavy is imported: `token decode` runs on
this alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protekt_cli.core import base64url, strict_json

#: Characters; more than any token that Protekt issues.
MAX_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class Jws:
    """The parts of a token that has the right form; nothing of it is proven."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    signature: bytes = field(repr=False)


def parse(token: str) -> Jws:
    """Return the parts of *token*.

    Raises:
        ValueError: It is not three segments of canonical base64url, of which the first two are
            strict JSON objects.
    """
    if len(token) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    segments = token.split(".")
    if len(segments) != 3:
        raise ValueError(f"{len(segments)} segments, not three")
    header, payload = (_object(segment) for segment in segments[:2])
    return Jws(header, payload, base64url.decode(segments[2]))


def _object(segment: str) -> Mapping[str, Any]:
    value = strict_json.loads(base64url.decode(segment))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value
