"""What stands for the events that were pruned: where they ended, sealed, so that the rest verifies.

There is one at most; each pruning moves it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from protekt_cli.store import meta
from protekt_cli.store.database import Transaction, View

_SEQ = "checkpoint_seq"
_DIGEST = "checkpoint_digest"
_SEAL = "checkpoint_seal"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The `seq` and the digest of the last event that was pruned."""

    seq: int
    digest: bytes = field(repr=False)
    seal: bytes = field(repr=False)


def find(view: View) -> Checkpoint | None:
    """Return the checkpoint, or None where nothing was pruned."""
    seq, digest, seal = (meta.find(view, name) for name in (_SEQ, _DIGEST, _SEAL))
    if seq is None and digest is None and seal is None:
        return None
    if isinstance(seq, int) and isinstance(digest, bytes) and isinstance(seal, bytes):
        return Checkpoint(seq, digest, seal)
    return Checkpoint(0, b"", b"")  # somebody broke it, and it must not pass for none


def put(transaction: Transaction, checkpoint: Checkpoint) -> None:
    meta.put(transaction, _SEQ, checkpoint.seq)
    meta.put(transaction, _DIGEST, checkpoint.digest)
    meta.put(transaction, _SEAL, checkpoint.seal)


def remove(transaction: Transaction) -> None:
    """Take it away, as where the events begin anew."""
    for name in (_SEQ, _DIGEST, _SEAL):
        meta.remove(transaction, name)
