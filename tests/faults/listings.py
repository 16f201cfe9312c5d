"""Lists compared with the model: what is in them, what must not be, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.faults.answers import shown
from tests.faults.installations import Settings
from tests.faults.model import ALIVE, GONE, Divergence, Session
from tests.faults.span import Span
from tests.faults.world import World

Json = Mapping[str, Any]


def check_sessions(
    sessions: Iterable[Session],
    listed: Sequence[dict[str, Any]],
    now: Span,
    settings: Settings,
    *,
    has_all: bool,
) -> None:
    """Compare a list of sessions, of the living ones or of all, with those that there are."""
    known = {session.id: session for session in sessions}
    ids = [body["id"] for body in listed]
    if len(set(ids)) < len(ids) or not set(ids) <= set(known):
        raise Divergence(f"{ids} are listed, of {list(known)}")
    for body in listed:
        shown(known[body["id"]], body, now, settings)
    for session in (known[id_] for id_ in set(known) - set(ids)):
        _may_be_left_out(session, now, settings, has_all=has_all)
    _check_order(listed)


def check_devices(world: World, user_id: str, listed: Sequence[Json], now: Span) -> None:
    """Compare a list of a user's devices with those that there are."""
    ids = {body["id"] for body in listed}
    for device in world.devices.values():
        is_own = world.is_own_device(user_id, device.id, now)
        if is_own is not None and is_own != (device.id in ids):
            raise Divergence(f"{device} is own: {is_own}, and {ids} are listed")
    for body in listed:
        sessions = world.of_device(body["id"])
        alive = Span(len(world.are_alive(sessions, now)), len(world.may_be_alive(sessions, now)))
        if body["activeSessions"] not in alive:
            raise Divergence(f"{body} has {alive} active sessions: {sessions}")


def _may_be_left_out(session: Session, now: Span, settings: Settings, *, has_all: bool) -> None:
    fates = session.fates(now, settings)
    if has_all and GONE not in fates:
        raise Divergence(f"{session} is not listed")
    if not has_all and fates == {ALIVE}:
        raise Divergence(f"{session} is alive and not listed")


def _check_order(listed: Sequence[Json]) -> None:
    """Accept either meaning of the most recent first: by creation, or by last activity."""
    for name in ("createdAt", "lastActiveAt"):
        times = [body[name] for body in listed]
        if times == sorted(times, reverse=True):
            return
    raise Divergence(f"not the most recent first: {[body['id'] for body in listed]}")
