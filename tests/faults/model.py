"""The reference model of one session: what may be answered, and what it leaves behind.

It is written from what Protekt promises and shares nothing with Protekt. Each judgement gives
every answer that is right at some instant at which the request can have been judged; each
answer then teaches the model what it left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.context import Binding, Context, bind
from tests.faults.history import Change, Expected, one
from tests.faults.installations import Settings
from tests.faults.span import Span


class Divergence(AssertionError):
    """The server did what the model does not allow."""


NONE_YET = Span(0, 0)

ALIVE = "alive"
GONE = "gone"

#: Of deadlines that strike at once the one that is named: first come, first named.
EXPIRIES = ("absolute_timeout", "refresh_expired", "idle_timeout")

#: Why a token is refused, and why its session ended where that is why.
Refusal = tuple[str, str | None]


def refusal_for(fate: str) -> Refusal | None:
    """Return what a token of a session with that fate is answered with."""
    if fate == ALIVE:
        return None
    if fate == GONE:
        return "unknown_session", None
    return ("session_expired" if fate in EXPIRIES else "session_revoked"), fate


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token as it was handed out, its times read from its own claims."""

    text: str = field(repr=False)
    session: Session
    generation: int
    not_before: int
    expires: int

    def ages(self, now: Span, leeway: int) -> set[str | None]:
        """Return what its own times may be judged to be."""
        usable = self.not_before - leeway
        over = self.expires + leeway
        reasons: set[str | None] = set()
        if now.first < usable:
            reasons.add("not_yet_valid")
        if now.last >= usable and now.last >= over:
            reasons.add("token_expired")
        if now.last >= usable and now.first < over:
            reasons.add(None)
        return reasons


@dataclass(slots=True)
class Rotation:
    """The last rotation of a family, and what has become of its successor."""

    at: Span
    context: Context
    is_seen: bool | None = False  # None: perhaps
    lost_answers: Span = NONE_YET  # how many of those there may have been


@dataclass(slots=True)
class End:
    """The end of a session: what it may have ended of, and when."""

    reasons: frozenset[str]
    at: Span


@dataclass(eq=False, slots=True)
class Session:
    """A session as the model knows it."""

    id: str
    user_id: str
    device_id: str
    ip: str | None
    user_agent: str | None
    amr: tuple[str, ...]
    is_sliding: bool
    created: int
    absolute: int
    refresh: Span
    idle: Span
    active: Span
    family: list[str] = field(default_factory=list, repr=False)
    first_generation: int = 0
    tokens: list[AccessToken] = field(default_factory=list, repr=False)
    rotation: Rotation | None = None
    refreshed: Span | None = None
    end: End | None = None
    is_gone: bool = False
    changes: list[Change] = field(default_factory=list)

    @property
    def generation(self) -> int:
        """Return the generation that its current refresh token is of, counted from 0."""
        return len(self.family) - 1

    def deadlines(self) -> tuple[Span, Span, Span]:
        """Return its deadlines, in the order in which equal ones are named."""
        return Span.at(self.absolute), self.refresh, self.idle

    def fates(self, now: Span, settings: Settings) -> set[str]:
        """Return what may be true of it: that it is alive, why it ended, or that it is gone."""
        if self.is_gone:
            return {GONE}
        ends = self.end or self._expiry(now)
        fates = set(ends.reasons) if ends else set()
        if ends and now.has_perhaps_reached(ends.at + settings.retention):
            fates.add(GONE)
        if self.end is None and all(now.first < deadline.last for deadline in self.deadlines()):
            fates.add(ALIVE)
        return fates

    def learn(self, fate: str, now: Span, settings: Settings) -> None:
        """Take in what an answer showed of its fate."""
        fates = self.fates(now, settings)
        if fate not in fates:
            raise Divergence(f"{self.id} is {fate}, but may be {fates} in {now}: {self}")
        if fate == GONE:
            self.is_gone = True
        elif fate == ALIVE:
            self.refresh = _after(self.refresh, now)
            self.idle = _after(self.idle, now)
        elif self.end is None:
            self.expire(now)
            self.learn(fate, now, settings)
        elif self.end.reasons != {fate}:
            self.end = End(frozenset({fate}), self._struck(fate, self.end.at))

    def expire(self, now: Span) -> None:
        """End it by the deadline that struck, which ever it was."""
        ends = self._expiry(now)
        if ends is None:
            raise Divergence(f"no deadline of {self} can have struck in {now}")
        self.end = ends
        self.changes.append([one("session:expired", None, *ends.reasons)])

    def revoke(
        self,
        reason: str,
        now: Span,
        settings: Settings,
        *extra: Expected,
        is_known_alive: bool = False,
    ) -> Span:
        """End it for *reason* where it is alive; return how many sessions that may have ended."""
        if ALIVE not in self.fates(now, settings):
            if self.end is None and not self.is_gone:
                self.expire(now)
            return Span(0, 0)
        expiry = None if is_known_alive else self._expiry(now)
        why = expiry.reasons if expiry else frozenset[str]()
        ends = one("session:revoke", reason).any_of
        if expiry:
            ends |= one("session:expired", None, *why).any_of
        self.changes.append([*extra, Expected(ends)])
        self.end = End(why | {reason}, now | expiry.at if expiry else now)
        return Span(0 if expiry else 1, 1)

    def use(
        self, now: Span, settings: Settings, *, is_sure: bool = True, writes: bool = False
    ) -> None:
        """Move its idle deadline as a use does, by as much as it has to or is free to."""
        wanted = now + settings.idle_timeout
        latest = wanted.last + settings.activity_resolution
        idles: list[Span] = []
        actives: list[Span] = []
        if not is_sure or self.idle.last >= wanted.first:  # it may be far enough away already
            stays_from = self.idle.first if not is_sure else max(self.idle.first, wanted.first)
            idles.append(Span(stays_from, self.idle.last))
            actives.append(self.active)
        is_too_far = self.idle.last > wanted.first + settings.activity_resolution
        if writes or self.idle.first < wanted.last or is_too_far:
            idles.append(Span(wanted.first, latest))
            actives.append(now)
        self.idle = _hull(idles)
        self.active = _hull(actives)

    def show(self, generation: int, *, is_sure: bool = True) -> None:
        """Take in that a token of *generation* was presented: the successor itself, or its like."""
        if self.rotation is None or generation != self.generation:
            return
        if is_sure:
            self.rotation.is_seen = True
        elif self.rotation.is_seen is False:
            self.rotation.is_seen = None

    def binding(self, settings: Settings, device_id: str | None, address: str | None) -> Binding:
        """Judge the device and the address that a request comes with."""
        return bind(settings, self.device_id, self.ip, device_id, address)

    def _expiry(self, now: Span) -> End | None:
        deadlines = self.deadlines()
        struck = [
            (reason, deadline)
            for place, (reason, deadline) in enumerate(zip(EXPIRIES, deadlines, strict=True))
            if now.has_perhaps_reached(deadline) and _can_be_first(place, deadlines)
        ]
        if not struck:
            return None
        at = _hull([Span(deadline.first, min(deadline.last, now.last)) for _, deadline in struck])
        return End(frozenset(reason for reason, _ in struck), at)

    def _struck(self, reason: str, at: Span) -> Span:
        if reason not in EXPIRIES:
            return at
        deadline = self.deadlines()[EXPIRIES.index(reason)]
        return Span(deadline.first, min(deadline.last, at.last))


def _after(deadline: Span, now: Span) -> Span:
    return Span(max(deadline.first, now.first + 1), deadline.last)


def _hull(spans: Sequence[Span]) -> Span:
    return Span(min(span.first for span in spans), max(span.last for span in spans))


def _can_be_first(place: int, deadlines: Sequence[Span]) -> bool:
    earliest = deadlines[place].first
    return all(deadline.last > earliest for deadline in deadlines[:place]) and all(
        deadline.last >= earliest for deadline in deadlines[place + 1 :]
    )
