"""Announcing the end of a session before its deadline: `session:expire`, once for each deadline."""

from __future__ import annotations

from protekt_cli.core import policy
from protekt_cli.engine import events
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Session
from protekt_cli.store import deadlines
from protekt_cli.store.database import Transaction


def announce(engine: Engine, transaction: Transaction, session: Session) -> None:
    """Write that the next deadline of a session is near, where that was not written before."""
    expiry = policy.next_expiry(session)
    if not deadlines.mark_announced(transaction, session.id, expiry.at):
        return
    events.append_of_session(
        engine,
        transaction,
        "session:expire",
        session,
        actor=events.SYSTEM,
        reason=expiry.reason,
        data={"deadline": expiry.at},
    )
