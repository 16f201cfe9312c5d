"""Settling restored content with the present: what has ended does not begin anew.

A backup knows nothing of what was revoked, ended or disabled after it was taken. Here that is
taken from the database that it replaces, and the sessions end or get new families; each of it
with its event, behind the restored ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.engine import events, keys, revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, StoreUnavailable
from protekt_cli.models import KeyStatus
from protekt_cli.store import events as event_table
from protekt_cli.store import measures, meta, replacement
from protekt_cli.store import sessions as session_table
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction

_EXPIRED = (EndReason.IDLE_TIMEOUT, EndReason.REFRESH_EXPIRED, EndReason.ABSOLUTE_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the restored content."""

    sessions_ended: int
    sessions_kept: int
    signing_keys_replaced: bool
    #: Ids of users that are disabled, because they were by now.
    disabled_users: tuple[str, ...] = ()
    #: Ids of API keys that are revoked, because they were by now.
    revoked_api_keys: tuple[str, ...] = ()
    #: Ids of users that the replaced database did not have any more.
    returned_users: tuple[str, ...] = ()
    devices_removed: int = 0


def settle_with_replaced(
    engine: Engine, transaction: Transaction, *, keep_sessions: bool
) -> Settlement:
    """Settle what was put in place with the database that it replaced, attached as `replaced`."""
    replacement.keep_counters(transaction)
    replace_keys = not _are_keys_whole(engine, transaction)
    _begin(engine, transaction, keep_sessions=keep_sessions, replace_keys=replace_keys)
    replacement.keep_deadlines(transaction)
    gone = _end_what_has_ended(engine, transaction)
    ended = 0 if keep_sessions else _end_all(engine, transaction)
    disabled = replacement.disable_users(transaction)
    for user_id in disabled:
        user_table.set_updated(transaction, user_id, transaction.now.seconds)
        events.append(engine, transaction, "user:disable", actor=events.CLI, user_id=user_id)
    revoked = replacement.revoke_api_keys(transaction)
    for key_id in revoked:
        data = {"id": key_id}
        events.append(engine, transaction, "apikey:revoke", actor=events.CLI, data=data)
    return Settlement(
        sessions_ended=gone + ended,
        sessions_kept=_renew_families(transaction),
        signing_keys_replaced=replace_keys,
        disabled_users=tuple(disabled),
        revoked_api_keys=tuple(revoked),
        returned_users=tuple(replacement.list_returned_users(transaction)),
        devices_removed=replacement.remove_devices(transaction),
    )


def settle_alone(
    engine: Engine, transaction: Transaction, *, keep_sessions: bool, replace_keys: bool
) -> Settlement:
    """Settle restored content where nothing is known of what it replaces."""
    _begin(engine, transaction, keep_sessions=keep_sessions, replace_keys=replace_keys)
    ended = 0 if keep_sessions else _end_all(engine, transaction)
    return Settlement(ended, _renew_families(transaction), replace_keys)


def _begin(
    engine: Engine, transaction: Transaction, *, keep_sessions: bool, replace_keys: bool
) -> None:
    """Say in the restored chain what happens, and let no login end in it that began before."""
    seq, _ = event_table.find_last(transaction) or (0, b"")
    data = {"backupSeq": seq, "keepSessions": keep_sessions, "signingKeysReplaced": replace_keys}
    events.append(engine, transaction, "db:restore", actor=events.CLI, data=data)
    meta.add_revocation(transaction)
    if replace_keys:
        keys.replace_all(engine, transaction)


def _are_keys_whole(engine: Engine, transaction: Transaction) -> bool:
    """Whether the signing keys that stay can be used."""
    try:
        for key in key_table.list_all(transaction):
            if key.status is not KeyStatus.REVOKED:
                engine.keys.open(transaction, key)
    except StoreUnavailable:
        return False
    return True


def _end_what_has_ended(engine: Engine, transaction: Transaction) -> int:
    """End the sessions that had ended by now, for the same reason, or are not there any more."""
    ended = replacement.list_ended(transaction)
    for session_id, reason, note in ended:
        known = reason is not None and reason not in _EXPIRED
        why = EndReason(reason) if known else EndReason.REVOKED
        _end(engine, transaction, session_id, why, note)
    return len(ended)


def _end_all(engine: Engine, transaction: Transaction) -> int:
    unended = replacement.list_unended(transaction)
    for session_id in unended:
        _end(engine, transaction, session_id, EndReason.REVOKED)
    return len(unended)


def _renew_families(transaction: Transaction) -> int:
    """Let no refresh token work that was given out, and return how many sessions live on."""
    replacement.salt_anew(transaction)
    return measures.count_active(transaction)


def _end(
    engine: Engine,
    transaction: Transaction,
    session_id: str,
    reason: EndReason,
    note: str | None = None,
) -> None:
    session = session_table.find(transaction, session_id)
    if session is not None:
        revocation.end(engine, transaction, session, reason, actor=events.CLI, note=note)
