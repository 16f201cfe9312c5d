"""The end of an example: everything that is stored, compared with the reference model.

It is asked through the command line, which sees what the server wrote without its help.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.faults.answers import agree
from tests.faults.client import Server
from tests.faults.history import Change, Expected, one, unexplained, written
from tests.faults.listings import check_sessions
from tests.faults.model import ALIVE, EXPIRIES, Divergence, Session
from tests.faults.span import Span
from tests.faults.world import User, World

Event = dict[str, Any]

#: How late the server may write that a deadline struck while nobody asked.
_ON_TIME = 5

#: What is no part of a session's own course: a login, a wrong current password, what is written of
#: a device, a warning.
_BESIDE = ("login:success", "login:failure", "device:new", "device:revoke", "session:expire")


def audit(server: Server, world: World) -> None:
    """Compare every session, and every event, with what must be."""
    sessions, events = server.commands(
        [
            ("sessions", "list", "--status", "all", "--limit", "0", "--json"),
            ("events", "list", "--limit", "0", "--json"),
        ]
    )
    agree(f"the codes of {sessions} and {events}", (0, 0), (sessions.code, events.code))
    check_sessions(world.sessions, sessions.shown, sessions.now, world.settings, has_all=True)
    _check_events(world, events.shown, events.now)


def _check_events(world: World, events: Sequence[Event], now: Span) -> None:
    for session in world.sessions:
        own = [event for event in events if event["sessionId"] == session.id]
        course = [event for event in own if event["type"] not in _BESIDE]
        _explain(session, [*session.changes, *_unwritten(session, now, world)], course)
        _check_warnings(session, own, world.settings.expire_warning)
    for user in world.users:
        _check_user(user, [event for event in events if event["userId"] == user.id])
    for device in world.devices.values():
        new = [event for event in _of(events, "device:new") if event["deviceId"] == device.id]
        agree(f"the times that {device} was new", 1, len(new))
        revoked = [each for each in _of(events, "device:revoke") if each["deviceId"] == device.id]
        if len(revoked) != device.is_removed and not world.user(device.user_id).is_deleted:
            raise Divergence(f"{device} was revoked {len(revoked)} times by the events")
    known = {session.id for session in world.sessions} | {None}
    agree("sessions in events", set(), {event["sessionId"] for event in events} - known)
    strangers = [event for event in _of(events, "login:failure") if event["userId"] is None]
    agree("the refused logins of strangers", world.strangers, len(strangers))


def _check_user(user: User, events: Sequence[Event]) -> None:
    course = [event for event in events if event["type"].startswith("user:")]
    _explain(user, user.changes, course)
    agree(f"the logins of {user}", user.logins, len(_of(events, "login:success")))
    failures = len(_of(events, "login:failure"))
    if failures not in user.refused_logins:
        raise Divergence(f"{failures} logins of {user} refused by the events")


def _unwritten(session: Session, now: Span, world: World) -> list[Change]:
    """Expect what a deadline that struck unasked has left, or is about to leave."""
    if session.end is not None or session.is_gone:
        return []
    fates = session.fates(now, world.settings)
    reasons = fates & set(EXPIRIES)
    if not reasons:
        return []
    earlier = Span.at(now.first - _ON_TIME)
    is_sure = ALIVE not in session.fates(earlier, world.settings)
    ended = one("session:expired", None, *reasons).any_of
    return [[Expected(ended, is_optional=not is_sure)]]


def _check_warnings(session: Session, events: Sequence[Event], ahead: int) -> None:
    warned: list[int] = []
    for event in events:
        if event["type"] == "session:expire":
            deadline = event["data"]["deadline"]
            if event["at"] < deadline - ahead:
                raise Divergence(f"{event} is too early for {session}")
            warned.append(deadline)
        if event["type"] == "session:expired" and event["data"]["deadline"] not in warned:
            raise Divergence(f"{event} was not announced, but {warned} for {session}")
    agree(f"what was announced twice for {session}", len(set(warned)), len(warned))


def _explain(subject: object, changes: Sequence[Change], events: Iterable[Event]) -> None:
    wrong = unexplained(changes, [written(event) for event in events])
    if wrong is not None:
        raise Divergence(f"the events of {subject}: {wrong}")


def _of(events: Iterable[Event], type_: str) -> list[Event]:
    return [event for event in events if event["type"] == type_]
