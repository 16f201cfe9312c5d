"""Appending to the chain of events, in the transaction of the change that they record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from protekt_cli.core import chain, ids
from protekt_cli.core.vault import Vault
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Event, Session
from protekt_cli.store import checkpoint
from protekt_cli.store import events as event_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.living import Ended

#: Actors that are neither a user nor an API key.
CLI = "cli"
SYSTEM = "system"


def append(
    engine: Engine,
    transaction: Transaction,
    type_: str,
    *,
    actor: str,
    user_id: str | None = None,
    session_id: str | None = None,
    device_id: str | None = None,
    ip: str | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write one event behind the last. *data* holds no secret, no password and no e-mail."""
    last, previous = _find_last(transaction)
    event = Event(
        seq=last + 1,
        id=ids.new_id(ids.Prefix.EVENT, transaction.now.milliseconds),
        type=type_,
        at=transaction.now.seconds,
        user_id=user_id,
        session_id=session_id,
        device_id=device_id,
        ip=ip,
        actor=actor,
        reason=reason,
        data=data or {},
    )
    event_table.add(transaction, _chained(engine.vault_at(transaction), previous, event))
    return event


def append_of_session(
    engine: Engine,
    transaction: Transaction,
    type_: str,
    session: Session,
    *,
    actor: str,
    ip: str | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write one event about a session, its user and its device."""
    return append(
        engine,
        transaction,
        type_,
        actor=actor,
        user_id=session.user_id,
        session_id=session.id,
        device_id=session.device_id,
        ip=ip,
        reason=reason,
        data=data,
    )


def append_of_ended(
    engine: Engine,
    transaction: Transaction,
    type_: str,
    sessions: Iterable[Ended],
    *,
    actor: str,
    ip: str | None = None,
    reason: str | None = None,
) -> None:
    """Write one event about each of very many sessions, as `append_of_session` writes it."""
    last, previous = _find_last(transaction)
    vault, now = engine.vault_at(transaction), transaction.now
    recorded = []
    for seq, session in enumerate(sessions, last + 1):
        event = Event(
            seq=seq,
            id=ids.new_id(ids.Prefix.EVENT, now.milliseconds),
            type=type_,
            at=now.seconds,
            user_id=session.user_id,
            session_id=session.id,
            device_id=session.device_id,
            ip=ip,
            actor=actor,
            reason=reason,
            data={},
        )
        recorded.append(_chained(vault, previous, event))
        previous = recorded[-1].digest
    event_table.add_all(transaction, recorded)


def _find_last(view: View) -> tuple[int, bytes]:
    return event_table.find_last(view) or end_of_pruned(view)


def _chained(vault: Vault, previous: bytes, event: Event) -> event_table.Recorded:
    digest = chain.digest(previous, event)
    return event_table.Recorded(event, digest, vault.event_seal(digest))


def end_of_pruned(view: View) -> tuple[int, bytes]:
    """Return `seq` and digest of what the first event there is, or is to be, follows."""
    pruned = checkpoint.find(view)
    return (pruned.seq, pruned.digest) if pruned else (0, chain.GENESIS)
