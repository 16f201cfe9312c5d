"""Refreshing: a current refresh token for its one successor, and what a rotated one means.

Everything happens in one write transaction, so that any number of clients with the same token
get the same successor from one rotation. Reuse ends the session, and that is committed though
the call fails (RFC 9700 4.14.2).
"""

from __future__ import annotations

from dataclasses import replace

from protekt_cli.core import policy, refresh_token
from protekt_cli.core.policy import Presented
from protekt_cli.engine import events, revocation, sessions
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
    if not refresh_token.is_genuine(engine.vault.refresh_key, session.salt, token):
        return InvalidToken(Reason.MALFORMED)
    now = transaction.now.seconds
    refused = policy.refusal(session, now)
    if refused is not None:
        revocation.expire(engine, transaction, session)
        return InvalidToken(refused[0], end_reason=refused[1])
    presented = policy.judge_refresh(session, token.generation, now, engine.lifetimes)
    if presented is Presented.NEVER_ISSUED:
        return InvalidToken(Reason.MALFORMED)
    if presented is Presented.CURRENT:
        return _rotate(engine, transaction, session, user, caller)
    if presented is Presented.CONCURRENT:
        return _repeat(engine, transaction, session, user, caller)
    return _end_reused(engine, transaction, session, presented, caller)


def _rotate(
    engine: Engine, transaction: Transaction, session: Session, user: User, caller: Caller
) -> Grant:
    now = transaction.now.seconds
    rotated = replace(
        sessions.used(session, now, engine.lifetimes),
        generation=session.generation + 1,
        rotated_at=now,
        refreshed_at=now,
    )
    session_table.set_rotated(transaction, rotated, caller)
    _record(engine, transaction, rotated, caller, "rotated")
    return sessions.grant(engine, transaction, rotated, user)


def _repeat(
    engine: Engine, transaction: Transaction, session: Session, user: User, caller: Caller
) -> Grant:
    """Give the successor that is there already, with an access token of its own."""
    now = transaction.now.seconds
    repeated = replace(sessions.used(session, now, engine.lifetimes), refreshed_at=now)
    session_table.set_refreshed(transaction, repeated)
    _record(engine, transaction, repeated, caller, Presented.CONCURRENT)
    return sessions.grant(engine, transaction, repeated, user)


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


def _record(
    engine: Engine, transaction: Transaction, session: Session, caller: Caller, kind: str
) -> None:
    events.append_of_session(
        engine,
        transaction,
        "session:refresh",
        session,
        actor=session.user_id,
        ip=caller.ip,
        data={"kind": kind, "generation": session.generation},
    )
