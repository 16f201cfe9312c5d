"""The one door through which sessions end: by somebody's word, or by a deadline.

Whoever ends a session says why; the event is written with it. A session that has ended stays as
it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from protekt_cli.core import ids, policy
from protekt_cli.engine import events
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, NotFound
from protekt_cli.models import Session, SessionStatus
from protekt_cli.store import meta
from protekt_cli.store import sessions as session_table
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions to end: all that is given must hold."""

    ids: tuple[str, ...] | None = None
    user_id: str | None = None
    device_id: str | None = None
    all: bool = False
    #: The id of the caller's own session, to end that one.
    current: str | None = None
    #: The id of the caller's own session, to end the others of its user.
    others_than: str | None = None

    @property
    def reason(self) -> EndReason:
        """Why the selected sessions end: a device goes before a user, a user before an id."""
        if self.current is not None:
            return EndReason.LOGOUT
        if self.device_id is not None:
            return EndReason.DEVICE_REVOKED
        if self.user_id is not None or self.all or self.others_than is not None:
            return EndReason.REVOKED_ALL
        return EndReason.REVOKED


@dataclass(frozen=True, slots=True)
class Report:
    """What a revocation did, or in a dry run would do."""

    revoked: tuple[Session, ...]
    not_found: tuple[str, ...] = ()


def end(
    engine: Engine,
    transaction: Transaction,
    session: Session,
    reason: EndReason,
    *,
    actor: str,
    ip: str | None = None,
    note: str | None = None,
) -> bool:
    """End a session now, for *reason*; return False where it had ended by then."""
    if expire(engine, transaction, session) or session.ended_at is not None:
        return False
    if not session_table.end(transaction, session.id, transaction.now.seconds, reason, note):
        return False
    events.append_of_session(
        engine, transaction, "session:revoke", session, actor=actor, ip=ip, reason=reason
    )
    return True


def expire(engine: Engine, transaction: Transaction, session: Session) -> bool:
    """Write down the end of a session whose deadline has passed; return whether it was so."""
    expiry = policy.struck(session, transaction.now.seconds)
    if expiry is None:
        return False
    if session_table.end(transaction, session.id, expiry.at, expiry.reason):
        events.append_of_session(
            engine,
            transaction,
            "session:expired",
            session,
            actor=events.SYSTEM,
            reason=expiry.reason,
            data={"deadline": expiry.at},
        )
    return True


def find_selected(view: View, selection: Selection) -> Report:
    """Return the active sessions of a selection, and the ids that nothing has."""
    wanted, not_found = _resolve_all(view, selection.ids)
    filter_ = session_table.Filter(
        user_id=selection.user_id,
        device_id=selection.device_id,
        status=SessionStatus.ACTIVE,
        ids=wanted,
    )
    matching = session_table.list_matching(view, _narrowed(view, filter_, selection))
    return Report(tuple(matching), not_found)


def revoke(
    engine: Engine,
    transaction: Transaction,
    selection: Selection,
    *,
    actor: str,
    reason: EndReason | None = None,
    ip: str | None = None,
    note: str | None = None,
) -> Report:
    """End every active session of a selection.

    A login of the same user that is under way, or any where the selection is of all, meets the
    moved counter, and creates no session.
    """
    report = find_selected(transaction, selection)
    if selection.user_id is not None and selection.device_id is None and selection.ids is None:
        user_table.count_revocation(transaction, selection.user_id)
    if selection == Selection(all=True):
        meta.add_revocation(transaction)
    ended = _end_all(
        engine,
        transaction,
        report.revoked,
        reason or selection.reason,
        actor=actor,
        ip=ip,
        note=note,
    )
    return Report(ended, report.not_found)


def _end_all(
    engine: Engine,
    transaction: Transaction,
    sessions: Iterable[Session],
    reason: EndReason,
    *,
    actor: str,
    ip: str | None,
    note: str | None,
) -> tuple[Session, ...]:
    return tuple(
        session
        for session in sessions
        if end(engine, transaction, session, reason, actor=actor, ip=ip, note=note)
    )


def _narrowed(
    view: View, wanted: session_table.Filter, selection: Selection
) -> session_table.Filter:
    """Return the filter with what is said about the caller's own session."""
    if selection.current is not None:
        named = wanted.ids is None or selection.current in wanted.ids
        wanted = replace(wanted, ids=(selection.current,) if named else ())
    if selection.others_than is not None:
        own = session_table.find(view, selection.others_than)
        if own is None or wanted.user_id not in (None, own.user_id):
            return replace(wanted, ids=())
        wanted = replace(wanted, user_id=own.user_id, except_id=own.id)
    return wanted


def _resolve_all(
    view: View, texts: tuple[str, ...] | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    if texts is None:
        return None, ()
    found, missing = [], []
    for text in texts:
        try:
            found.append(resolve(view, ids.Prefix.SESSION, text))
        except NotFound:
            missing.append(text)
    return tuple(found), tuple(missing)
