"""What the master key is for: sub-keys of it, and sealing under one of them.

HKDF-SHA256 (RFC 5869) gives each purpose a key of its own. Sealing is AES-256-GCM with a random
96-bit nonce; the associated data name the table, the row and the purpose, so that a sealed value
that was moved to another row does not open. Nothing here reads where the master key lives.
Cryptography is imported where it is used: it takes longer than most commands that only read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re

from protekt_cli.core import base64url

MASTER_KEY_BYTES = 32

_NONCE_BYTES = 12
_HEX = re.compile(r"[0-9A-Fa-f]{64}\Z")


class Damaged(Exception):
    """A sealed value does not open: it was changed, moved, or sealed under another key."""


class Vault:
    """The sub-keys of one master key."""

    def __init__(self, master_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._sealing = AESGCM(_subkey(master_key, b"seal"))
        #: Derives refresh tokens.
        self.refresh_key = _subkey(master_key, b"refresh token")
        self._event_key = _subkey(master_key, b"event")
        self._email_key = _subkey(master_key, b"email digest")
        self._setting_key = _subkey(master_key, b"setting digest")
        #: Tells one master key from another, and nothing else of it.
        self.check = _subkey(master_key, b"check")[:16]

    def seal(self, plain: bytes, *place: str) -> bytes:
        """Return *plain* sealed for its *place* (table, row, purpose)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, plain, _associated(place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Return what was sealed for this *place*.

        Raises:
            Damaged: It was not sealed here, for this place, under this master key.
        """
        from cryptography.exceptions import InvalidTag

        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._sealing.decrypt(nonce, ciphertext, _associated(place))
        except (InvalidTag, ValueError):
            raise Damaged(" ".join(place)) from None

    def event_seal(self, digest: bytes) -> bytes:
        """Return the HMAC that says that an event's digest was written with the master key."""
        return hmac.digest(self._event_key, digest, hashlib.sha256)

    def email_digest(self, email_key: str) -> str:
        """Return a keyed digest that is the same for the same e-mail, and tells nothing of it."""
        digest = hmac.digest(self._email_key, email_key.encode(), hashlib.sha256)
        return base64url.encode(digest[:16])

    def setting_digest(self, name: str, text: str) -> str:
        """Return a keyed digest that is the same for the same value of a setting."""
        digest = hmac.digest(self._setting_key, f"{name}\0{text}".encode(), hashlib.sha256)
        return base64url.encode(digest[:16])


def new_master_key() -> bytes:
    """Return 32 bytes from the system's generator."""
    return os.urandom(MASTER_KEY_BYTES)


def parse_master_key(text: str) -> bytes:
    """Return the key written as 64 hex digits or as base64 of 32 bytes.

    Raises:
        ValueError: It is neither. The message does not repeat the text.
    """
    text = text.strip()
    if _HEX.match(text):
        return bytes.fromhex(text)
    try:
        raw = base64url.decode(text.rstrip("=").replace("+", "-").replace("/", "_"))
    except ValueError:
        raw = b""
    if len(raw) != MASTER_KEY_BYTES:
        raise ValueError("a master key is 64 hex digits or the base64 of 32 bytes")
    return raw


def _subkey(master_key: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"protekt " + purpose).derive(
        master_key
    )


def _associated(place: tuple[str, ...]) -> bytes:
    return "\0".join(place).encode()
