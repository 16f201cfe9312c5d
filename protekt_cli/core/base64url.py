"""Base64url without padding (RFC 7515 appendix C), in its one canonical spelling."""

from __future__ import annotations

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode(raw: bytes) -> str:
    """Return *raw* as unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of *text*, which must be what `encode` makes of them.

    Python's own decoder skips foreign characters and ignores the unused bits of the last one, so
    that one value has many spellings.

    Raises:
        ValueError: It is not canonical base64url.
    """
    if not _ALPHABET.match(text):
        raise ValueError("not base64url")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
