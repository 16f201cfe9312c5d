"""Ending a session by one of its own tokens, which is what logging out is (RFC 7009).

Whoever holds a token may give it back: an access token that has expired, and a refresh token of
any generation that there was, end their session too. Nothing is ended by what is forged.
"""

from __future__ import annotations

from protekt_cli.core import refresh_token
from protekt_cli.engine import revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.revocation import Report
from protekt_cli.errors import EndReason, InvalidToken, Reason
from protekt_cli.models import Session
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View

#: What is wrong with an access token that nevertheless says truly whose it is.
_NO_MATTER = (None, Reason.TOKEN_EXPIRED, Reason.SESSION_REVOKED, Reason.SESSION_EXPIRED)


def revoke(
    engine: Engine, transaction: Transaction, token: str, *, ip: str | None = None
) -> Report | InvalidToken:
    """End the session of an access or refresh token; one that has ended stays as it ended."""
    session = _find(engine, transaction, token)
    if isinstance(session, InvalidToken):
        return session
    ended = revocation.end(
        engine, transaction, session, EndReason.LOGOUT, actor=session.user_id, ip=ip
    )
    return Report(1, (session.id,)) if ended else Report()


def _find(engine: Engine, view: View, token: str) -> Session | InvalidToken:
    if token.startswith(refresh_token.PREFIX):
        return _find_by_refresh_token(engine, view, token)
    looked = validation.look(engine, view, token)
    if looked.claims is None or looked.validation.reason not in _NO_MATTER:
        return validation.refusal(looked.validation)
    session = session_table.find(view, looked.claims.session_id)
    if session is None or session.user_id != looked.claims.user_id:
        return InvalidToken(Reason.UNKNOWN_SESSION)
    return session


def _find_by_refresh_token(engine: Engine, view: View, token: str) -> Session | InvalidToken:
    claimed = refresh_token.parse(token)
    if claimed is None:
        return InvalidToken(Reason.MALFORMED)
    session = session_table.find(view, claimed.session_id)
    if session is None:
        return InvalidToken(Reason.UNKNOWN_SESSION)
    key = engine.vault_at(view).refresh_key
    genuine = refresh_token.is_genuine(key, session.salt, claimed)
    if not genuine or claimed.generation > session.generation:
        return InvalidToken(Reason.MALFORMED)
    return session
