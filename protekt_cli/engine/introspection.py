"""What a refresh token is to somebody who asks about it (RFC 7662): current, or nothing.

Whoever asks was shown the token, so it is a use of its session and the token counts as seen. An
older generation is never reuse here: it is inactive, and its session lives on.
"""

from __future__ import annotations

from dataclasses import replace

from protekt_cli.core import policy, refresh_token
from protekt_cli.core.refresh_token import RefreshToken
from protekt_cli.engine import revocation, sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.validation import Look
from protekt_cli.errors import Reason
from protekt_cli.models import Caller, Validation
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View


def look(engine: Engine, view: View, token: RefreshToken, caller: Caller) -> Look:
    """Judge a refresh token without using its session: nothing is written.

    Args:
        caller: From where the session is used, as the one who asks says.
    """
    found = session_table.find_with_user(view, token.session_id)
    if found is None:
        return Look(Validation(Reason.UNKNOWN_SESSION))
    session, user = found
    now, key = view.now.seconds, engine.vault_at(view).refresh_key
    if not refresh_token.is_genuine(key, session.salt, token):
        return Look(Validation(Reason.MALFORMED))
    refused = policy.refusal(session, now)
    if refused is not None:
        return Look(Validation(*refused), end_due=session.ended_at is None)
    if token.generation != session.generation:
        return Look(Validation(Reason.MALFORMED))  # nobody is told which of them it is
    mismatches = policy.judge_binding(session, caller, engine.bindings)
    for mismatch in mismatches:
        if mismatch.refuses:
            return Look(Validation(mismatch.reason), mismatches=mismatches)
    return Look(
        Validation(None, session=session, user=user, judged_at=now),
        seen_due=not session.seen and session.generation > 0,
        mismatches=mismatches,
        use_due=sessions.used(session, now, engine.lifetimes) is not session,
    )


def use(
    engine: Engine, transaction: Transaction, token: RefreshToken, caller: Caller
) -> Validation:
    """Judge a refresh token again and write what a use of its session has to write."""
    judged = look(engine, transaction, token, caller)
    session = session_table.find(transaction, token.session_id)
    if session is None or not judged.is_due:
        return judged.validation
    if judged.end_due:
        revocation.expire(engine, transaction, session)
        return judged.validation
    validation.record_mismatches(engine, transaction, session, judged.mismatches, caller)
    if not judged.validation.is_valid:
        return judged.validation
    used = sessions.used(session, transaction.now.seconds, engine.lifetimes)
    used = replace(used, seen=used.seen or judged.seen_due)
    session_table.update(transaction, used)
    return replace(judged.validation, session=used)
