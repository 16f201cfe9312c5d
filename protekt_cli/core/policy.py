"""The rules of a session's life: is it live, why not, and what does a refresh token deserve.

Every function is pure and takes `now` in whole Unix seconds. Deadlines are exclusive: at
`now == deadline` it is over. The idle deadline slides with use, the refresh deadline is set at
login and perhaps by rotations, the absolute deadline never moves (OWASP Session Management Cheat
Sheet, "Session Expiration").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from protekt_cli.core.networks import are_near
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Caller, Session, SessionStatus

#: Times that the successor of one generation is given again for a lost answer.
MOST_LOST_ANSWERS = 5

_EXPIRIES = frozenset(
    {EndReason.IDLE_TIMEOUT, EndReason.REFRESH_EXPIRED, EndReason.ABSOLUTE_TIMEOUT}
)


@dataclass(frozen=True, eq=False, repr=False)
class Lifetimes:
    """The settings that deadlines are made of, in seconds."""

    access: int
    idle: int
    refresh: int
    absolute: int
    activity_resolution: int
    reuse_grace: int
    lost_answer_window: int
    leeway: int
    #: Whether refreshing sets the refresh deadline anew, for every session.
    sliding: bool
    #: Whether a refresh token is exchanged for a successor, or stays as it is.
    rotate: bool


class Expiry(NamedTuple):
    """The deadline that ends a session, and the name of that end."""

    at: int
    reason: EndReason


def next_expiry(session: Session) -> Expiry:
    """Return the earliest deadline; of equals absolute before refresh, refresh before idle."""
    at, reason = session.absolute_expires_at, EndReason.ABSOLUTE_TIMEOUT
    if session.refresh_expires_at < at:
        at, reason = session.refresh_expires_at, EndReason.REFRESH_EXPIRED
    if session.idle_expires_at < at:
        at, reason = session.idle_expires_at, EndReason.IDLE_TIMEOUT
    return Expiry(at, reason)


def struck(session: Session, now: int) -> Expiry | None:
    """Return the deadline that has passed on a session of which no end is on record."""
    if session.ended_at is not None:
        return None
    expiry = next_expiry(session)
    return expiry if now >= expiry.at else None


def end_of(session: Session, now: int) -> Expiry | None:
    """Return when and why the session ended: as recorded, or by a deadline that has passed."""
    if session.ended_at is not None and session.end_reason is not None:
        return Expiry(session.ended_at, session.end_reason)
    return struck(session, now)


def status(session: Session, now: int) -> SessionStatus:
    """Return the status at `now`, never what was last written."""
    end = end_of(session, now)
    if end is None:
        return SessionStatus.ACTIVE
    return SessionStatus.EXPIRED if end.reason in _EXPIRIES else SessionStatus.REVOKED


def expires_at(session: Session) -> int:
    """Return the earliest deadline still to come, or the one that struck."""
    if session.end_reason in _EXPIRIES and session.ended_at is not None:
        return session.ended_at
    return next_expiry(session).at


def refusal(session: Session, now: int) -> tuple[Reason, EndReason] | None:
    """Return why nothing may be done with this session any more, or None while it is live."""
    end = end_of(session, now)
    if end is None:
        return None
    expired = end.reason in _EXPIRIES
    return (Reason.SESSION_EXPIRED if expired else Reason.SESSION_REVOKED), end.reason


def idle_after_use(session: Session, now: int, lifetimes: Lifetimes) -> int | None:
    """Return the idle deadline that a use at `now` has to write, or None where it need not.

    The deadline is written `activity_resolution` further than needed, so that a session which is
    used every second is written once in that time, and none ever ends early.
    """
    least = now + lifetimes.idle
    if least <= session.idle_expires_at <= least + lifetimes.activity_resolution:
        return None
    return least + lifetimes.activity_resolution


def access_expires_at(session: Session, now: int, ttl: int) -> int:
    """Return when an access token issued at `now` dies: never after its session must."""
    return min(now + ttl, refresh_ends_at(session))


def refresh_ends_at(session: Session) -> int:
    """Return from when no refresh token of the session is good any more, however it is used."""
    return min(session.refresh_expires_at, session.absolute_expires_at)


def judge_times(not_before: int, expires: int, now: int, leeway: int) -> Reason | None:
    """Return what the times of an access token say against it (RFC 7519 4.1.4, 4.1.5)."""
    if now + leeway < not_before:
        return Reason.NOT_YET_VALID
    if now - leeway >= expires:
        return Reason.TOKEN_EXPIRED
    return None


class Presented(StrEnum):
    """What a genuine refresh token is to its session."""

    CURRENT = "current"
    CONCURRENT = "concurrent"
    LOST_ANSWER = "lost_answer"
    PARENT_REUSED = "parent_reused"
    ANCESTOR_REUSED = "ancestor_reused"
    NEVER_ISSUED = "never_issued"


def judge_refresh(
    session: Session, generation: int, caller: Caller, now: int, lifetimes: Lifetimes
) -> Presented:
    """Return what a refresh token of this generation is to a live session.

    A parent that comes back within the grace is a second tab, or a client that repeats itself.
    Later it is a client whose answer was lost, where nobody has been seen with the successor and
    it comes from where the rotation was asked for. Else it is a thief's or its victim's, and
    nobody can tell which (RFC 9700 4.14.2).
    """
    if generation > session.generation:
        return Presented.NEVER_ISSUED
    if generation == session.generation:
        return Presented.CURRENT
    if generation < session.generation - 1 or session.rotated_at is None:
        return Presented.ANCESTOR_REUSED
    since = abs(now - session.rotated_at)  # a clock that steps back opens no wider window
    if since < lifetimes.reuse_grace:
        return Presented.CONCURRENT
    if since < lifetimes.lost_answer_window and _answer_may_be_lost(session, caller):
        return Presented.LOST_ANSWER
    return Presented.PARENT_REUSED


def _answer_may_be_lost(session: Session, caller: Caller) -> bool:
    return (
        not session.seen
        and session.lost_answers < MOST_LOST_ANSWERS
        and is_same_context(session.rotated_by, caller)
    )


def is_same_context(one: Caller, other: Caller) -> bool:
    """Whether two requests come from one place: by the device they name, else by how they look."""
    if one.device_id is not None or other.device_id is not None:
        return one.device_id == other.device_id
    return one.user_agent == other.user_agent and are_near(one.ip, other.ip)


def slides(session: Session, lifetimes: Lifetimes) -> bool:
    """Whether a refresh sets the refresh deadline anew."""
    return session.sliding or lifetimes.sliding


class Enforcement(StrEnum):
    """What a mismatch of device or address leads to."""

    OFF = "off"
    LOG = "log"
    ENFORCE = "enforce"


class Bindings(NamedTuple):
    """The settings that bind a session to where it began."""

    device: Enforcement
    ip: Enforcement

    def without_refusal(self) -> Bindings:
        """Return the same for a request that is never refused: what does not fit is recorded."""
        return Bindings(_recorded(self.device), _recorded(self.ip))


def _recorded(enforcement: Enforcement) -> Enforcement:
    return Enforcement.LOG if enforcement is Enforcement.ENFORCE else enforcement


class Mismatch(NamedTuple):
    """A request that does not come from where its session began."""

    kind: str
    reason: Reason
    refuses: bool


def judge_binding(session: Session, caller: Caller, bindings: Bindings) -> tuple[Mismatch, ...]:
    """Return what does not fit; what is missing does not fit only where it is enforced.

    A session that was made without an address fits every address. The device id is a label that
    a thief can copy: this catches mix-ups, and a token that was copied alone.
    """
    found = []
    if _misfits(bindings.device, caller.device_id, caller.device_id == session.device_id):
        refuses = bindings.device is Enforcement.ENFORCE
        found.append(Mismatch("device", Reason.BINDING_MISMATCH, refuses))
    # Networks are only compared where somebody asks: it takes longer than all the rest.
    is_judged = bindings.ip is not Enforcement.OFF and session.ip is not None
    if is_judged and _misfits(bindings.ip, caller.ip, are_near(session.ip, caller.ip)):
        found.append(Mismatch("ip", Reason.IP_MISMATCH, bindings.ip is Enforcement.ENFORCE))
    return tuple(found)


def _misfits(enforcement: Enforcement, presented: str | None, fits: bool) -> bool:
    if enforcement is Enforcement.OFF or fits:
        return False
    return presented is not None or enforcement is Enforcement.ENFORCE
