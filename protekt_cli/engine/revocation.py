"""The one door through which sessions end: by somebody's word, or by a deadline.

Whoever ends a session says why; the event is written with it. A session that has ended stays as
it ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.core import policy
from protekt_cli.engine import events
from protekt_cli.engine.announcing import announce
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.selection import Selection as Selection
from protekt_cli.engine.selection import filter_of
from protekt_cli.errors import EndReason
from protekt_cli.models import Session
from protekt_cli.store import living, meta
from protekt_cli.store import sessions as session_table
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.living import Ended

#: Sessions that are ended in one transaction.
STEP = 5000
#: Ids that a report names; of more it gives the number alone.
MOST_IDS = 1000


@dataclass(frozen=True, slots=True)
class Report:
    """What a revocation did, or would do."""

    revoked: int = 0
    #: The newest first; None where they are more than `MOST_IDS`.
    ids: tuple[str, ...] | None = ()
    #: The ids that nothing has.
    not_found: tuple[str, ...] = ()
    #: Of how many users, on how many devices, where that was counted: before anything is done.
    users: int | None = None
    devices: int | None = None

    def __add__(self, step: Report) -> Report:
        """Return what this and the next step did."""
        revoked = self.revoked + step.revoked
        if self.ids is None or step.ids is None or revoked > MOST_IDS:
            return Report(revoked, None, step.not_found)
        return Report(revoked, self.ids + step.ids, step.not_found)


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
    user_table.add_revocation(transaction, user_id)
    end_living(engine, transaction, session_table.Filter(user_id=user_id), reason, actor=actor)


def end_living(
    engine: Engine,
    transaction: Transaction,
    wanted: session_table.Filter,
    reason: EndReason,
    *,
    actor: str,
    ip: str | None = None,
    note: str | None = None,
    limit: int | None = None,
) -> list[Ended]:
    """End the living sessions of a filter now, the newest first, and return them.

    One whose deadline has passed is none of them: that ended it, whenever it is written down.
    """
    ended = living.end(transaction, wanted, reason, note=note, limit=limit)
    events.append_of_ended(
        engine, transaction, "session:revoke", ended, actor=actor, ip=ip, reason=reason
    )
    return ended


def find_selected(view: View, selection: Selection) -> Report:
    """Return what a revocation of the selection would do now."""
    wanted, not_found = filter_of(view, selection)
    count = living.count(view, wanted)
    named = tuple(living.list_ids(view, wanted)) if count.sessions <= MOST_IDS else None
    return Report(count.sessions, named, not_found, users=count.users, devices=count.devices)


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
    engine.submit(lambda transaction: meet_logins(transaction, selection))
    report = Report()
    while True:
        step = engine.submit(
            lambda transaction: revoke_step(engine, transaction, selection, actor=actor, note=note)
        )
        report += step
        if step.revoked < STEP:
            return report


def meet_logins(transaction: Transaction, selection: Selection) -> None:
    """Let no login create a session that is under way, where all of a user's or all are to end."""
    if selection == Selection(all=True):
        meta.add_revocation(transaction)
        return
    user_id = selection.user_id
    if user_id is not None and selection in _everything_of(user_id):
        user_table.add_revocation(transaction, user_id)


def revoke_step(
    engine: Engine,
    transaction: Transaction,
    selection: Selection,
    *,
    actor: str,
    note: str | None = None,
) -> Report:
    """End the next sessions of a selection; fewer than `STEP` are the last."""
    wanted, not_found = filter_of(transaction, selection)
    ended = end_living(
        engine, transaction, wanted, selection.reason, actor=actor, note=note, limit=STEP
    )
    named = tuple(session.id for session in ended) if len(ended) <= MOST_IDS else None
    return Report(len(ended), named, not_found)


def _everything_of(user_id: str) -> tuple[Selection, Selection]:
    return Selection(user_id=user_id), Selection(user_id=user_id, all=True)
