"""Verifying the chain of events, and taking its beginning away so that the rest still verifies.

An event is right where it follows the one before it, its digest covers both, and its seal is the
master key's. Pruning leaves a sealed checkpoint in place of what it took.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile

from protekt_cli.core import chain
from protekt_cli.core.vault import Vault
from protekt_cli.engine import events
from protekt_cli.engine.engine import Engine
from protekt_cli.store import checkpoint as checkpoints
from protekt_cli.store import events as event_table
from protekt_cli.store.checkpoint import Checkpoint
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.events import Recorded

#: Events that are pruned in one transaction.
STEP = 5000

#: Events that are read at once: a snapshot is not held open over a long chain.
_PAGE = 1000
_HEAD = re.compile("([0-9]{1,18}):([0-9A-Fa-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """An event by its place in the chain: who keeps one finds out where a tail was cut off."""

    seq: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read `SEQ:DIGEST`.

        Raises:
            ValueError: It is not written so.
        """
        written = _HEAD.fullmatch(text)
        if written is None:
            raise ValueError("a head is written as SEQ:DIGEST, as `events verify` prints it")
        return cls(int(written[1]), bytes.fromhex(written[2]))


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found: how many events are right, up to which, and the first that is not.

    The first bad `seq` is that of an event which was changed, or which is missing.
    """

    count: int
    head: Head
    first_bad_seq: int | None

    @property
    def is_ok(self) -> bool:
        return self.first_bad_seq is None


def verify(
    engine: Engine,
    known: Head | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Verification:
    """Verify every event there is.

    Args:
        known: A head from before: that event must still be there as it was, unless it was pruned.
        progress: Told how much is done, from 0 to 1.

    Raises:
        StoreUnavailable: The master key is missing.
    """
    total = engine.read(event_table.count)
    while True:
        pruned = engine.read(checkpoints.find)
        walk = _Walk(_end_of(pruned), known)
        if pruned is not None and not engine.read(lambda view: _is_sealed(engine, view)):
            return Verification(0, walk.head, walk.head.seq)
        if _follow(engine, walk, pruned, lambda done: progress(min(1.0, done / max(1, total)))):
            return walk.result()


def prune_step(
    engine: Engine, transaction: Transaction, until: int, through: int | None, *, actor: str
) -> int:
    """Delete the next events that were written at *until* or before, and return how many.

    They are the first there are, up to one that was not.

    Args:
        through: The last `seq` that may go, so that the event of a pruning survives it.
    """
    oldest = event_table.list_oldest(transaction, STEP)
    old = list(
        takewhile(lambda row: row[1] <= until and (through is None or row[0] <= through), oldest)
    )
    if not old:
        return 0
    seq, _, digest = old[-1]
    seal = engine.vault_at(transaction).event_seal(chain.checkpoint_text(seq, digest))
    checkpoints.put(transaction, Checkpoint(seq, digest, seal))
    pruned = event_table.remove_through(transaction, seq)
    data = {"pruned": pruned, "through": seq}
    events.append(engine, transaction, "events:prune", actor=actor, data=data)
    return pruned


def seal_anew(transaction: Transaction, old: Vault, new: Vault) -> None:
    """Seal the checkpoint under another master key, but no false one: it must be found later."""
    pruned = checkpoints.find(transaction)
    if pruned is None:
        return
    text = chain.checkpoint_text(pruned.seq, pruned.digest)
    if hmac.compare_digest(old.event_seal(text), pruned.seal):
        checkpoints.put(transaction, replace(pruned, seal=new.event_seal(text)))


class _Walk:
    """The way along the chain, as far as it is right."""

    def __init__(self, start: Head, known: Head | None) -> None:
        self.count = 0
        self.head = start
        self._known = known
        self.first_bad_seq = start.seq if self._differs(start) else None

    def take(self, stored: Recorded | int, vault: Vault) -> bool:
        """Take the next event, or find that it is not the right one."""
        expected = self.head.seq + 1
        seq = stored if isinstance(stored, int) else stored.event.seq
        if isinstance(stored, int) or not self._is_right(stored, vault):
            self.first_bad_seq = min(seq, expected)
            return False
        self.head = Head(expected, stored.digest)
        self.count += 1
        return True

    def result(self) -> Verification:
        """Say how far the chain is right, now that it has ended."""
        bad = self.first_bad_seq
        if bad is None and self._known is not None and self._known.seq > self.head.seq:
            bad = self.head.seq + 1
        return Verification(self.count, self.head, bad)

    def _is_right(self, recorded: Recorded, vault: Vault) -> bool:
        digest = chain.digest(self.head.digest, recorded.event)
        return (
            hmac.compare_digest(digest, recorded.digest)
            and hmac.compare_digest(vault.event_seal(digest), recorded.seal)
            and not self._differs(Head(recorded.event.seq, digest))
        )

    def _differs(self, head: Head) -> bool:
        """Whether the event is another than the one that is known to have been there."""
        known = self._known
        return known is not None and known.seq == head.seq and known.digest != head.digest


def _end_of(pruned: Checkpoint | None) -> Head:
    """Return what the first event must follow."""
    return Head(pruned.seq, pruned.digest) if pruned else Head(0, chain.GENESIS)


def _is_sealed(engine: Engine, view: View) -> bool:
    """Whether the checkpoint is there and was left by a pruning, not by somebody else."""
    pruned = checkpoints.find(view)
    if pruned is None:
        return False
    seal = engine.vault_at(view).event_seal(chain.checkpoint_text(pruned.seq, pruned.digest))
    return hmac.compare_digest(seal, pruned.seal)


def _follow(
    engine: Engine, walk: _Walk, pruned: Checkpoint | None, look: Callable[[int], None]
) -> bool:
    """Walk to the end, or to the first event that is not right.

    Returns False where events were pruned meanwhile, so that it has to begin anew.
    """
    after: int | None = None

    def read(view: View) -> tuple[list[Recorded | int], Vault] | None:
        if checkpoints.find(view) != pruned:
            return None
        return event_table.list_stored(view, after, _PAGE), engine.vault_at(view)

    while walk.first_bad_seq is None:
        page = engine.read(read)
        if page is None:
            return False
        stored, vault = page
        if not stored or not all(walk.take(each, vault) for each in stored):
            break
        look(walk.count)
        after = walk.head.seq
    return True
