"""Refreshing: a current refresh token for its one successor, and what a rotated one means.

Everything happens in one write transaction, so that any number of clients with the same token
get the same successor from one rotation. Reuse ends the session, and that is committed though
the call fails (RFC 9700 4.14.2).
"""

from __future__ import annotations

from dataclasses import replace

from protekt_cli.core import policy, refresh_token
from protekt_cli.core.policy import Lifetimes, Presented
from protekt_cli.engine import events, revocation, sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused
from protekt_cli.models import Caller, Grant, Session, User
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction

Verdict = Grant | InvalidToken | RefreshReused


def parse(token: str) -> refresh_token.RefreshToken:
    """Return what a token claims to be, before any store is asked.

    Raises:
        InvalidToken: It has not the shape of a refresh token.
    """
    claimed = refresh_token.parse(token)
    if claimed is None:
        raise InvalidToken(Reason.MALFORMED)
    return claimed


def refresh(
    engine: Engine,
    transaction: Transaction,
    token: refresh_token.RefreshToken,
    caller: Caller,
) -> Verdict:
    """Answer a refresh token as it deserves, and write what that changes."""
    found = session_table.find_with_user(transaction, token.session_id)
    if found is None:
        return InvalidToken(Reason.UNKNOWN_SESSION)
    session, user = found
    key = engine.vault_at(transaction).refresh_key
    if not refresh_token.is_genuine(key, session.salt, token):
        return InvalidToken(Reason.MALFORMED)
    now = transaction.now.seconds
    refused = policy.refusal(session, now)
    if refused is not None:
        revocation.expire(engine, transaction, session)
        return InvalidToken(refused[0], end_reason=refused[1])
    mismatches = policy.judge_binding(session, caller, engine.bindings)
    validation.record_mismatches(engine, transaction, session, mismatches, caller)
    for mismatch in mismatches:
        if mismatch.refuses:
            return InvalidToken(mismatch.reason)
    return _answer(engine, transaction, session, user, token.generation, caller)


def _answer(
    engine: Engine,
    transaction: Transaction,
    session: Session,
    user: User,
    generation: int,
    caller: Caller,
) -> Verdict:
    now, lifetimes = transaction.now.seconds, engine.lifetimes
    presented = policy.judge_refresh(session, generation, caller, now, lifetimes)
    used = sessions.used(session, now, lifetimes)
    match presented:
        case Presented.NEVER_ISSUED:
            return InvalidToken(Reason.MALFORMED)
        case Presented.CURRENT if lifetimes.rotate:
            kind, renewed = "rotated", _rotated(_slid(used, now, lifetimes), now, caller)
        case Presented.CURRENT:
            kind = "renewed"
            renewed = replace(_slid(used, now, lifetimes), refreshed_at=now, seen=True)
        case Presented.CONCURRENT:
            kind, renewed = presented.value, replace(used, refreshed_at=now)
        case Presented.LOST_ANSWER:
            kind = presented.value
            renewed = replace(used, refreshed_at=now, lost_answers=used.lost_answers + 1)
        case _:
            return _end_reused(engine, transaction, session, presented, caller)
    session_table.update(transaction, renewed)
    events.append_of_session(
        engine,
        transaction,
        "session:refresh",
        renewed,
        actor=session.user_id,
        ip=caller.ip,
        data={"kind": kind, "generation": renewed.generation},
    )
    return sessions.grant(engine, transaction, renewed, user)


def _rotated(session: Session, now: int, caller: Caller) -> Session:
    """Return the session in its next generation, of which nobody has seen anything yet."""
    return replace(
        session,
        refreshed_at=now,
        generation=session.generation + 1,
        rotated_at=now,
        rotated_by=caller,
        seen=False,
        lost_answers=0,
    )


def _slid(session: Session, now: int, lifetimes: Lifetimes) -> Session:
    """Return the session with its refresh deadline set anew, where it slides."""
    if not policy.slides(session, lifetimes):
        return session
    return replace(session, refresh_expires_at=now + lifetimes.refresh)


def _end_reused(
    engine: Engine,
    transaction: Transaction,
    session: Session,
    presented: Presented,
    caller: Caller,
) -> RefreshReused:
    events.append_of_session(
        engine,
        transaction,
        "session:reuse",
        session,
        actor=events.SYSTEM,
        ip=caller.ip,
        data={"kind": presented},
    )
    revocation.end(
        engine,
        transaction,
        session,
        EndReason.REUSE_DETECTED,
        actor=events.SYSTEM,
        ip=caller.ip,
    )
    return RefreshReused()
