"""The refresh table of the reference model: what presenting a refresh token may be answered with.

It judges and takes in what was answered; who asked, and over what, is not its matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.faults.context import Binding, Context
from tests.faults.history import one
from tests.faults.installations import Settings
from tests.faults.model import ALIVE, Divergence, Refusal, Rotation, Session, refusal_for
from tests.faults.span import Span

#: Answers a lost one may be asked for again.
MOST_LOST_ANSWERS = 5

#: Rows that renew, and rows that end the session.
RENEWING = frozenset({"rotated", "renewed", "concurrent", "lost_answer"})
REUSES = frozenset({"parent_reused", "ancestor_reused"})


@dataclass(slots=True)
class Judgement:
    """What is right to answer, and why a parent is taken for reused."""

    rows: set[str] = field(default_factory=set)
    refusals: dict[Refusal, str] = field(default_factory=dict)  # and the fate that each shows
    because: str = ""


def judge(
    session: Session,
    generation: int,
    context: Context,
    binding: Binding,
    now: Span,
    settings: Settings,
) -> Judgement:
    """Say what the session's token of *generation* may be answered with."""
    judgement = Judgement()
    for fate in session.fates(now, settings):
        refusal = refusal_for(fate)
        if refusal is None and binding.refusal is not None:
            refusal = binding.refusal, None
        if refusal is not None:
            judgement.refusals[refusal] = fate
        elif generation == session.generation:
            judgement.rows.add("rotated" if settings.rotate_refresh_tokens else "renewed")
        elif generation < session.generation - 1:
            judgement.rows.add("ancestor_reused")
        else:
            _judge_parent(judgement, session, context, now, settings)
    return judgement


def _judge_parent(
    judgement: Judgement, session: Session, context: Context, now: Span, settings: Settings
) -> None:
    rotation = session.rotation
    if rotation is None:
        raise AssertionError("a parent without a rotation")
    age = now - rotation.at
    has_gone_back = age.last < 0
    grace, window = settings.reuse_grace, settings.lost_answer_window
    # Whether the last second itself is still within is left open.
    if has_gone_back or (grace > 0 and age.first <= grace):
        judgement.rows.add("concurrent")
        if age.first >= 0 and age.last < grace:
            return
    is_same = rotation.context.is_that_of(context)
    lost = rotation.lost_answers
    is_right = is_same and rotation.is_seen is not True and lost.first < MOST_LOST_ANSWERS
    if window > 0 and age.first <= window and is_right:
        judgement.rows.add("lost_answer")
    is_certain = rotation.is_seen is False and lost.last < MOST_LOST_ANSWERS
    if not (is_same and is_certain and age.first >= 0 and age.last < window):
        judgement.rows.add("parent_reused")
        judgement.because = _why(rotation, is_same, age, settings)


def _why(rotation: Rotation, is_same: bool, age: Span, settings: Settings) -> str:
    if rotation.is_seen:
        return "successor seen"
    if not is_same:
        return "another context"
    if age.last >= settings.lost_answer_window:
        return "too late"
    return "sixth" if rotation.lost_answers.last >= MOST_LOST_ANSWERS else "left open"


def take_in(
    session: Session,
    rows: set[str],
    context: Context,
    binding: Binding,
    now: Span,
    settings: Settings,
) -> None:
    """Take in that the session was refreshed, or ended for reuse: as one of *rows*."""
    session.learn(ALIVE, now, settings)
    if rows <= REUSES:
        reuse = one("session:reuse", *rows)
        session.revoke(
            "reuse_detected", now, settings, *binding.recorded, reuse, is_known_alive=True
        )
        return
    if not rows <= RENEWING:
        raise Divergence(f"one answer cannot stand for {rows}")
    session.changes.append([*binding.recorded, one("session:refresh", *rows)])
    session.use(now, settings, writes=True)
    session.refreshed = now if rows <= {"rotated", "renewed"} else (session.refreshed or now) | now
    if rows <= {"rotated", "renewed"} and (settings.sliding_expiration or session.is_sliding):
        session.refresh = now + settings.refresh_ttl
    if rows == {"rotated"}:
        session.rotation = Rotation(now, context)
    elif rows == {"renewed"}:
        session.show(session.generation)
    elif "lost_answer" in rows and session.rotation is not None:
        certain = rows == {"lost_answer"}
        counted = session.rotation.lost_answers
        session.rotation.lost_answers = Span(counted.first + certain, counted.last + 1)
        if certain:
            session.rotation.is_seen = False
