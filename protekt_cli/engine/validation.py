"""What an access token proves, and what using its session has to write.

A validation has two parts: judge in a read snapshot, and go to the writer only where something
has to be written: a deadline that struck, a successor that was seen, a mismatch, an idle deadline
that has to move. The writer's transaction judges again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from protekt_cli.core import policy
from protekt_cli.core.access_token import Claims, Refused
from protekt_cli.engine import events, revocation, sessions
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidToken, Reason, StoreUnavailable
from protekt_cli.models import Caller, Session, User, Validation
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View


@dataclass(frozen=True, slots=True)
class Look:
    """What is found about an access token, and what is left to write."""

    validation: Validation
    claims: Claims | None = None
    #: A deadline has struck and no end is on record.
    end_due: bool = False
    #: The token is the first sign that its refresh generation has arrived.
    seen_due: bool = False
    #: Where the request does not come from where the session began.
    mismatches: tuple[policy.Mismatch, ...] = ()
    #: The idle deadline has to move.
    use_due: bool = False

    @property
    def must_write(self) -> bool:
        """Whether the answer may not be given before something is on disk."""
        return self.end_due or self.seen_due or bool(self.mismatches)

    @property
    def is_due(self) -> bool:
        """Whether there is anything to write."""
        return self.must_write or self.use_due

    def despite(self, error: StoreUnavailable) -> Validation:
        """Return the verdict where what there is to write could not be written.

        Raises:
            StoreUnavailable: It may not be given before that is on disk.
        """
        if self.must_write:
            raise error
        return self.validation  # the next use moves the deadline


def look_up(engine: Engine, token: str, caller: Caller | None = None) -> Look:
    """Judge an access token as `look` does, by one statement where it was verified before."""
    known = engine.verified.find(token)
    if known is not None:
        claims, key = known
        found, now = engine.look_up(
            lambda view: (
                session_table.find_signed(view, claims.session_id, key),
                view.now.seconds,
            )
        )
        if found is not None:
            return _judge(engine, claims, found, now, caller, engine.bindings)
    return engine.read(lambda view: look(engine, view, token, caller))


def look(engine: Engine, view: View, token: str, caller: Caller | None = None) -> Look:
    """Judge an access token without using its session: nothing is written.

    Args:
        caller: From where the session is used; None where that is not to be judged.
    """
    try:
        claims = engine.verified.verify(engine, view, token)
    except Refused as refused:
        return Look(Validation(refused.reason))
    found = session_table.find_with_user(view, claims.session_id)
    return _judge(engine, claims, found, view.now.seconds, caller, engine.bindings)


def use(
    engine: Engine,
    transaction: Transaction,
    claims: Claims,
    caller: Caller | None = None,
    *,
    ignore_expiry: bool = False,
    ignore_mismatch: bool = False,
) -> Validation:
    """Judge verified claims again and write what a use of the session has to write.

    Args:
        caller: From where the session is used; None where that is not to be judged.
        ignore_expiry: Whether a token whose only fault is its age will do, as for logging out.
        ignore_mismatch: Whether a mismatch is recorded and never refused, as for logging out.
    """
    found = session_table.find_with_user(transaction, claims.session_id)
    bindings = engine.bindings.without_refusal() if ignore_mismatch else engine.bindings
    now = transaction.now.seconds
    judged = _judge(engine, claims, found, now, caller, bindings, ignore_expiry)
    if found is None or not judged.is_due:
        return judged.validation
    session = found[0]
    if judged.end_due:
        revocation.expire(engine, transaction, session)
        return judged.validation
    record_mismatches(engine, transaction, session, judged.mismatches, caller)
    moved = sessions.used(session, now, engine.lifetimes) if judged.use_due else session
    moved = replace(moved, seen=moved.seen or judged.seen_due)
    session_table.update(transaction, moved)
    if judged.validation.is_valid:
        return replace(judged.validation, session=moved)
    return judged.validation


def validate(engine: Engine, token: str, caller: Caller | None = None) -> Validation:
    """Judge an access token and count it as a use of its session.

    Raises:
        StoreUnavailable: Something that must be on disk before the answer could not be written.
    """
    seen = look_up(engine, token, caller)
    claims = seen.claims
    if claims is None or not seen.is_due:
        return seen.validation
    try:
        return engine.submit(lambda transaction: use(engine, transaction, claims, caller))
    except StoreUnavailable as error:
        return seen.despite(error)


def refusal(validation: Validation) -> InvalidToken:
    """Return the refusal that a validation which failed stands for."""
    return InvalidToken(validation.reason or Reason.MISSING, end_reason=validation.end_reason)


def record_mismatches(
    engine: Engine,
    transaction: Transaction,
    session: Session,
    mismatches: tuple[policy.Mismatch, ...],
    caller: Caller | None,
) -> None:
    """Write down that a request did not come from where its session began."""
    for mismatch in mismatches:
        events.append_of_session(
            engine,
            transaction,
            "session:mismatch",
            session,
            actor=session.user_id,
            ip=caller.ip if caller else None,
            data={"kind": mismatch.kind, "refused": mismatch.refuses},
        )


def _judge(
    engine: Engine,
    claims: Claims,
    found: tuple[Session, User] | None,
    now: int,
    caller: Caller | None,
    bindings: policy.Bindings,
    ignore_expiry: bool = False,
) -> Look:
    not_before = max(claims.not_before, claims.issued_at)
    reason = policy.judge_times(not_before, claims.expires_at, now, engine.lifetimes.leeway)
    if found is None or found[0].user_id != claims.user_id:
        return Look(Validation(reason or Reason.UNKNOWN_SESSION), claims)
    session, user = found
    refused = policy.refusal(session, now)
    if refused is not None:
        end_due = session.ended_at is None
        return Look(Validation(reason) if reason else Validation(*refused), claims, end_due)
    # An expired token too shows that its generation has arrived.
    seen_due = not session.seen and claims.generation == session.generation > 0
    if reason is not None and not (ignore_expiry and reason is Reason.TOKEN_EXPIRED):
        return Look(Validation(reason), claims, seen_due=seen_due)
    mismatches = policy.judge_binding(session, caller, bindings) if caller else ()
    for mismatch in mismatches:
        if mismatch.refuses:
            return Look(Validation(mismatch.reason), claims, mismatches=mismatches)
    expires_in = max(0, claims.expires_at - now)
    valid = Validation(None, session=session, user=user, expires_in=expires_in, judged_at=now)
    use_due = sessions.used(session, now, engine.lifetimes) is not session
    return Look(valid, claims, seen_due=seen_due, mismatches=mismatches, use_due=use_due)
