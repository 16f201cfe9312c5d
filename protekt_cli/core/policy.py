"""The rules of a session's life: is it live, why not, and what does a refresh token deserve.

Every function is pure and takes `now` in whole Unix seconds. Deadlines are exclusive: at
`now == deadline` it is over. The idle deadline slides with use, the refresh deadline is set at
login and perhaps by rotations, the absolute deadline never moves (OWASP Session Management Cheat
Sheet, "Session Expiration").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Session, SessionStatus

_EXPIRIES = frozenset(
    {EndReason.IDLE_TIMEOUT, EndReason.REFRESH_EXPIRED, EndReason.ABSOLUTE_TIMEOUT}
)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The settings that deadlines are made of, in seconds."""

    access: int
    idle: int
    refresh: int
    absolute: int
    activity_resolution: int
    reuse_grace: int
    leeway: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """The deadline that ends a session, and the name of that end."""

    at: int
    reason: EndReason


def next_expiry(session: Session) -> Expiry:
    """Return the earliest deadline; of equals absolute before refresh, refresh before idle."""
    earliest = Expiry(session.absolute_expires_at, EndReason.ABSOLUTE_TIMEOUT)
    if session.refresh_expires_at < earliest.at:
        earliest = Expiry(session.refresh_expires_at, EndReason.REFRESH_EXPIRED)
    if session.idle_expires_at < earliest.at:
        earliest = Expiry(session.idle_expires_at, EndReason.IDLE_TIMEOUT)
    return earliest


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
    return min(now + ttl, session.absolute_expires_at, session.refresh_expires_at)


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
    PARENT_REUSED = "parent_reused"
    ANCESTOR_REUSED = "ancestor_reused"
    NEVER_ISSUED = "never_issued"


def judge_refresh(session: Session, generation: int, now: int, lifetimes: Lifetimes) -> Presented:
    """Return what a refresh token of this generation is to a live session.

    A parent that comes back within the grace is a second tab, or a client that repeats itself;
    later it is a thief's or its victim's, and nobody can tell which (RFC 9700 4.14.2).
    """
    if generation > session.generation:
        return Presented.NEVER_ISSUED
    if generation == session.generation:
        return Presented.CURRENT
    if generation < session.generation - 1:
        return Presented.ANCESTOR_REUSED
    if session.rotated_at is not None and now < session.rotated_at + lifetimes.reuse_grace:
        return Presented.CONCURRENT
    return Presented.PARENT_REUSED
