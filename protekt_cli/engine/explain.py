"""What would become of a token or a session now, and by which rule; nothing is used or ended.

It judges by the same functions as the server. Of a refresh token it says what presenting it from
where the last rotation was asked for would yield, and never what its successor is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protekt_cli.core import policy, refresh_token
from protekt_cli.core.policy import Presented
from protekt_cli.engine import rules, sessions
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Event, Session
from protekt_cli.store import events as event_table
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import View

VALID = "valid"


class Subject(StrEnum):
    SESSION = "session"
    ACCESS_TOKEN = "access_token"
    REFRESH_TOKEN = "refresh_token"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on a subject, the rule behind it in a sentence, and the life of its session."""

    subject: Subject
    verdict: str
    rule: str
    #: None where nothing trustworthy names one, or it is gone.
    session: Session | None
    timeline: tuple[Event, ...]


def of_session(engine: Engine, view: View, text: str) -> Explanation:
    """Explain the session of an id, which may be cut.

    Raises:
        NotFound: There is none.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    session = sessions.get(view, text)
    refused = policy.refusal(session, view.now.seconds)
    if refused is not None:
        return _refused(engine, view, Subject.SESSION, session.id, *refused)
    rule = rules.of_valid(engine.settings)
    return _explanation(view, Subject.SESSION, VALID, rule, session.id)


def of_access_token(engine: Engine, view: View, token: str) -> Explanation:
    """Explain an access token as every validation judges it, wherever it may come from."""
    from protekt_cli.engine import validation

    looked = validation.look(engine, view, token)
    session_id = looked.claims.session_id if looked.claims else None
    reason = looked.validation.reason
    if reason is not None:
        end_reason = looked.validation.end_reason
        return _refused(engine, view, Subject.ACCESS_TOKEN, session_id, reason, end_reason)
    rule = rules.of_valid(engine.settings)
    return _explanation(view, Subject.ACCESS_TOKEN, VALID, rule, session_id)


def of_refresh_token(engine: Engine, view: View, token: str) -> Explanation:
    """Explain a refresh token: what its generation is to its session."""
    claimed = refresh_token.parse(token)
    if claimed is None:
        return _refused(engine, view, Subject.REFRESH_TOKEN, None, Reason.MALFORMED)
    session = session_table.find(view, claimed.session_id)
    if session is None:
        return _refused(engine, view, Subject.REFRESH_TOKEN, None, Reason.UNKNOWN_SESSION)
    key = engine.vault_at(view).refresh_key
    if not refresh_token.is_genuine(key, session.salt, claimed):
        return _refused(engine, view, Subject.REFRESH_TOKEN, None, Reason.MALFORMED)
    refused = policy.refusal(session, view.now.seconds)
    if refused is not None:
        return _refused(engine, view, Subject.REFRESH_TOKEN, session.id, *refused)
    presented = policy.judge_refresh(
        session, claimed.generation, session.rotated_by, view.now.seconds, engine.lifetimes
    )
    if presented is Presented.NEVER_ISSUED:
        return _refused(engine, view, Subject.REFRESH_TOKEN, session.id, Reason.MALFORMED)
    rule = rules.of_presented(presented, engine.settings)
    return _explanation(view, Subject.REFRESH_TOKEN, presented, rule, session.id)


def _refused(
    engine: Engine,
    view: View,
    subject: Subject,
    session_id: str | None,
    reason: Reason,
    end_reason: EndReason | None = None,
) -> Explanation:
    settings = engine.settings
    rule = rules.of_end(end_reason, settings) if end_reason else rules.of_reason(reason, settings)
    return _explanation(view, subject, reason, rule, session_id)


def _explanation(
    view: View, subject: Subject, verdict: str, rule: str, session_id: str | None
) -> Explanation:
    if session_id is None:
        return Explanation(subject, verdict, rule, None, ())
    session = session_table.find(view, session_id)
    about = event_table.Filter(session_id=session_id)
    timeline = tuple(event_table.list_page(view, about, after=0, limit=-1))
    return Explanation(subject, verdict, rule, session, timeline)
