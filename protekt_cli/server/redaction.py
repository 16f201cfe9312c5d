"""What must never stand in a log, masked wherever it turns up: credentials, hashes, e-mails.

It goes by the name of a field, and by the look of any text: of a path, or of an error's message,
which may quote what it was about (OWASP Logging Cheat Sheet, "Data to exclude").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MASK = "[redacted]"

_SECRET_NAMES = re.compile(r"token|passw|secret|authorization|cookie|credential|key", re.IGNORECASE)
_SECRETS = re.compile(
    r"(?:ref|pk)_[A-Z0-9_-]{8,}|whsec_[A-Z0-9+/=]{8,}"  # our own, and those of webhooks
    r"|eyJ[A-Z0-9_-]{8,}[A-Z0-9_.-]*"  # a JWT, whole or cut
    r"|\$(?:argon2[a-z]*|scrypt|2[abxy]?)\$[^\s\"']+|pbkdf2_\w+\$[^\s\"']+"  # hashes of passwords
    r"|\bbearer\s+[^\s\"',;]+|\bbasic\s+[A-Z0-9+/=]{8,}",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s/@<>()\[\]\"',;:=]{1,64}@[^\s/@<>()\[\]\"',;:=]{1,255}")
#: No credential is shorter.
_SHORTEST = 10


def mask(text: str) -> str:
    """Return *text* without what looks like a credential or an e-mail."""
    if len(text) >= _SHORTEST:
        text = _SECRETS.sub(MASK, text)
    return _EMAIL.sub(MASK, text) if "@" in text else text


def redact(_: object, __: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Mask the fields of a log entry: a processor as structlog has them."""
    return {name: _masked(name, value) for name, value in entry.items()}


def _masked(name: str, value: object) -> object:
    if value is not None and _is_secret(name):
        return MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return redact(None, "", value)
    return [_masked("", each) for each in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None
