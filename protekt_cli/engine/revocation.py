"""The one door through which sessions end: by somebody's word, or by a deadline.

Whoever ends a session says why; the event is written with it. A session that has ended stays as
it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from protekt_cli.core import ids, policy
from protekt_cli.core.networks import Network
from protekt_cli.engine import events
from protekt_cli.engine.announcing import announce
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, NotFound
from protekt_cli.models import Session, SessionStatus
from protekt_cli.store import meta
from protekt_cli.store import sessions as session_table
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View

#: Sessions that are ended in one transaction.
STEP = 5000


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
    #: Begun from an address of this network.
    network: Network | None = None
    #: Not used for this many seconds.
    idle_for: int | None = None

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
    announce(engine, transaction, session)
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


def end_all_of(
    engine: Engine,
    transaction: Transaction,
    user_id: str,
    reason: EndReason,
    *,
    actor: str,
) -> None:
    """End every session of a user, and let no login create one that is under way."""
    user_table.count_revocation(transaction, user_id)
    living = session_table.Filter(user_id=user_id, status=SessionStatus.ACTIVE)
    for session in session_table.list_matching(transaction, living):
        end(engine, transaction, session, reason, actor=actor)


def find_selected(view: View, selection: Selection, limit: int | None = None) -> Report:
    """Return the active sessions of a selection, and the ids that nothing has."""
    wanted, not_found = _resolve_all(view, selection.ids)
    filter_ = session_table.Filter(
        user_id=selection.user_id,
        device_id=selection.device_id,
        status=SessionStatus.ACTIVE,
        ids=wanted,
        network=selection.network,
        not_since=None if selection.idle_for is None else view.now.seconds - selection.idle_for,
    )
    matching = session_table.list_matching(view, _narrowed(view, filter_, selection), limit)
    return Report(tuple(matching), not_found)


def revoke(
    engine: Engine,
    selection: Selection,
    *,
    actor: str,
    note: str | None = None,
) -> Report:
    """End every active session of a selection, in steps that let others write between them.

    When it returns, every session that there was when it began has ended. It can be repeated
    safely. A login of the same user that is under way, or any where the selection is of all,
    meets the moved counter and creates no session.
    """
    engine.submit(lambda transaction: _meet_logins(transaction, selection))
    revoked: list[Session] = []
    while True:
        report = engine.submit(
            lambda transaction: revoke_step(engine, transaction, selection, actor=actor, note=note)
        )
        revoked += report.revoked
        if len(report.revoked) < STEP:
            return Report(tuple(revoked), report.not_found)


def revoke_step(
    engine: Engine,
    transaction: Transaction,
    selection: Selection,
    *,
    actor: str,
    note: str | None = None,
) -> Report:
    """End the next sessions of a selection; fewer than `STEP` are the last."""
    report = find_selected(transaction, selection, STEP)
    for session in report.revoked:
        end(engine, transaction, session, selection.reason, actor=actor, note=note)
    return report


def _meet_logins(transaction: Transaction, selection: Selection) -> None:
    if selection == Selection(all=True):
        meta.add_revocation(transaction)
        return
    user_id = selection.user_id
    if user_id is not None and selection in _everything_of(user_id):
        user_table.count_revocation(transaction, user_id)


def _everything_of(user_id: str) -> tuple[Selection, Selection]:
    return Selection(user_id=user_id), Selection(user_id=user_id, all=True)


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
