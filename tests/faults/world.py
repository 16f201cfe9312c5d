"""The reference model of a whole installation: users, devices, sessions, and what ends many.

It holds what the rules of one session do not: whose device an id names, which sessions a
selector means, and which session gives way to a login too many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.history import Change, Expected, one
from tests.faults.installations import Settings
from tests.faults.model import ALIVE, EXPIRIES, GONE, NONE_YET, Divergence, Session
from tests.faults.span import Span

_WAYS_TO_END = ("revoked", "revoked_all", "user_disabled")


@dataclass(eq=False, slots=True)
class User:
    """A user as the model knows it."""

    id: str
    email: str
    password: str = field(repr=False)
    is_disabled: bool = False
    is_deleted: bool = False
    logins: int = 0
    refused_logins: Span = NONE_YET
    changes: list[Change] = field(default_factory=list)

    @property
    def can_log_in(self) -> bool:
        """Say whether the right password is good for anything."""
        return not self.is_disabled and not self.is_deleted


@dataclass(eq=False, slots=True)
class Device:
    """A device as the model knows it."""

    id: str
    user_id: str
    is_removed: bool = False


@dataclass(slots=True)
class World:
    """What is in one installation."""

    settings: Settings
    users: list[User] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    strangers: int = 0  # logins refused for e-mails that nobody has

    def user(self, user_id: str) -> User:
        """Return a user by id."""
        return next(user for user in self.users if user.id == user_id)

    def of_user(self, user_id: str) -> list[Session]:
        """Return the sessions that a user has had."""
        return [session for session in self.sessions if session.user_id == user_id]

    def of_device(self, device_id: str) -> list[Session]:
        """Return the sessions that there were on a device."""
        return [session for session in self.sessions if session.device_id == device_id]

    def count_refused_login(self, user: User) -> None:
        """Take in that a login was refused: an event that names the user, where there is one."""
        if user.is_deleted:
            self.strangers += 1
        else:
            user.refused_logins += 1

    def is_own_device(
        self, user_id: str, device_id: str | None, now: Span, without: Session | None = None
    ) -> bool | None:
        """Say whether an id names a device of the user's, or None where that is left open."""
        device = self.devices.get(device_id or "")
        if device is None or device.user_id != user_id or device.is_removed:
            return False
        there = [session for session in self.of_device(device.id) if session is not without]
        kept = [session for session in there if not session.is_gone]
        if not kept:
            return False
        is_kept = any(GONE not in session.fates(now, self.settings) for session in kept)
        return True if is_kept else None

    def may_be_alive(self, sessions: Iterable[Session], now: Span) -> list[Session]:
        """Return those that are alive at one instant of *now* at least."""
        return [session for session in sessions if ALIVE in session.fates(now, self.settings)]

    def are_alive(self, sessions: Iterable[Session], now: Span) -> list[Session]:
        """Return those that are alive all through *now*."""
        return [session for session in sessions if session.fates(now, self.settings) == {ALIVE}]

    def end(self, sessions: Iterable[Session], reason: str, now: Span) -> Span:
        """End those that are alive; return how many that may be."""
        counts = [session.revoke(reason, now, self.settings) for session in sessions]
        return Span(sum(count.first for count in counts), sum(count.last for count in counts))

    def delete(self, user: User) -> None:
        """Take in that a user was deleted: with sessions and devices."""
        user.is_deleted = True
        for session in self.of_user(user.id):
            if session.end is None:  # what is written of it beside the user's end is left open
                ended = one("session:revoke", *_WAYS_TO_END).any_of
                expired = one("session:expired", None, *EXPIRIES).any_of
                session.changes.append([Expected(ended | expired, is_optional=True)])
            session.is_gone = True

    def remove(self, device_id: str) -> None:
        """Take in that a device was deleted."""
        self.devices[device_id].is_removed = True

    def pass_time(self, now: Span) -> None:
        """Take in that the clock was moved: what fell due has happened."""
        for session in self.sessions:
            if session.is_gone:
                continue
            if session.end is None and ALIVE not in session.fates(now, self.settings):
                session.expire(now)
            if session.end and now.has_surely_reached(session.end.at + self.settings.retention):
                session.is_gone = True

    def is_doubtful(self, now: Span) -> bool:
        """Say whether some session may be alive or not, or gone or not."""
        fates = [session.fates(now, self.settings) for session in self.sessions]
        return any({ALIVE, GONE} & known and len(known) > 1 for known in fates)

    def make_room(self, login: Session, ended: set[str], now: Span) -> None:
        """Take in which sessions gave way to a login, and refuse any but the least active."""
        others = [session for session in self.of_user(login.user_id) if session is not login]
        room = self.settings.max_per_user - 1
        alive, perhaps = self.are_alive(others, now), self.may_be_alive(others, now)
        gave_way = [session for session in perhaps if session.id in ended]
        # One that may have been alive, was not, and is no longer counted by the server.
        fewest, most = max(0, len(alive) - room), max(0, len(perhaps) - room)
        if not fewest <= len(gave_way) <= most or len(gave_way) != len(ended):
            raise Divergence(f"{ended} gave way to {login.id}, of {len(perhaps)} in {room}")
        for session in gave_way:
            for kept in (other for other in alive if other.id not in ended):
                if _is_less_recent(kept, session):
                    raise Divergence(f"{session} gave way, though {kept} is less recently active")
            session.revoke("session_limit", now, self.settings, is_known_alive=True)


def _is_less_recent(session: Session, other: Session) -> bool:
    if session.active.last < other.active.first:
        return True
    instants = {session.active.first, session.active.last, other.active.first, other.active.last}
    return len(instants) == 1 and session.id < other.id
