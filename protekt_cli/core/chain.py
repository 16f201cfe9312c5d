"""The chain of events: each digest covers its event and the digest before it.

An edit, a gap or a swap breaks it from there on; that somebody without the master key made the
whole chain anew is found by the seal, an HMAC of the digest.
"""

from __future__ import annotations

import hashlib
import json

from protekt_cli.models import Event

#: What stands for the digest before the first event.
GENESIS = bytes(32)

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def digest(previous: bytes, event: Event) -> bytes:
    """Return the SHA-256 digest of *event* behind the digest *previous*."""
    fields = [
        event.seq,
        event.id,
        event.type,
        event.at,
        event.user_id,
        event.session_id,
        event.device_id,
        event.ip,
        event.actor,
        event.reason,
        event.data,
    ]
    return hashlib.sha256(previous + _encode(fields).encode()).digest()


def checkpoint_text(seq: int, digest: bytes) -> bytes:
    """Return what the seal of a checkpoint is of.

    It is not the digest alone: that would be the last event's own seal, which everybody who can
    read the database could pass off as a checkpoint.
    """
    return b"checkpoint %d " % seq + digest
