"""What a user may do with its own sessions, by the access token of one of them.

The token is judged again in the transaction that acts: a session that was revoked meanwhile ends
no others.
"""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.core.access_token import Claims
from protekt_cli.engine import revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, NotFound
from protekt_cli.models import Caller, Session, SessionStatus
from protekt_cli.store import devices as device_table
from protekt_cli.store import sessions as session_table
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View

_NOT_YOURS = "there is no such session or device of yours"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which of one's own sessions: with nothing given, the one that asks."""

    session_id: str | None = None
    device_id: str | None = None
    others: bool = False
    all: bool = False

    @property
    def is_this_one(self) -> bool:
        return self == Selector()


@dataclass(frozen=True, slots=True)
class Step:
    """How many sessions one transaction ended, and whether that were the last."""

    revoked: int
    is_last: bool
    #: Whether the session that asks is one of those selected.
    selects_own: bool


def revoke(
    engine: Engine, transaction: Transaction, claims: Claims, selector: Selector, caller: Caller
) -> Step | InvalidToken | NotFound:
    """End the next of the selected sessions; logging out works with an expired token.

    The caller's own session is the last to end, so that its token does for every step.
    """
    judged = validation.use(
        engine,
        transaction,
        claims,
        caller,
        ignore_expiry=selector.is_this_one,
        ignore_mismatch=selector.is_this_one or selector.session_id == claims.session_id,
    )
    current = judged.session
    if current is None:
        return validation.refusal(judged)
    if selector.is_this_one or selector.session_id is not None:
        return _end_one(engine, transaction, current, selector, caller)
    return _end_many(engine, transaction, current, selector, caller)


def list_(view: View, user_id: str, status: SessionStatus | None) -> list[Session]:
    """Return a user's sessions, newest first; None for those of every status."""
    return session_table.list_matching(view, session_table.Filter(user_id=user_id, status=status))


def _end_one(
    engine: Engine, transaction: Transaction, current: Session, selector: Selector, caller: Caller
) -> Step | NotFound:
    session: Session | None = current
    if selector.session_id not in (None, current.id):
        session = session_table.find(transaction, selector.session_id)
    if session is None or session.user_id != current.user_id:
        return NotFound(_NOT_YOURS)
    is_own = session.id == current.id
    reason = EndReason.LOGOUT if is_own else EndReason.REVOKED
    ended = revocation.end(
        engine, transaction, session, reason, actor=current.user_id, ip=caller.ip
    )
    return Step(int(ended), is_last=True, selects_own=is_own)


def _end_many(
    engine: Engine, transaction: Transaction, current: Session, selector: Selector, caller: Caller
) -> Step | NotFound:
    reason, by = EndReason.REVOKED_ALL, current.user_id
    if selector.device_id is not None:
        device = device_table.find(transaction, selector.device_id)
        if device is None or device.user_id != current.user_id:
            return NotFound(_NOT_YOURS)
        reason = EndReason.DEVICE_REVOKED
    if selector.all:
        user_table.add_revocation(transaction, current.user_id)
    others = session_table.Filter(
        user_id=current.user_id, device_id=selector.device_id, except_ids=(current.id,)
    )
    revoked = len(
        revocation.end_living(
            engine, transaction, others, reason, actor=by, ip=caller.ip, limit=revocation.STEP
        )
    )
    is_last = revoked < revocation.STEP
    selects_own = selector.all or selector.device_id == current.device_id
    if is_last and selects_own:
        revoked += revocation.end(engine, transaction, current, reason, actor=by, ip=caller.ip)
    return Step(revoked, is_last=is_last, selects_own=selects_own)
