"""Forgetting what was kept for long enough, in steps that let others write between them.

Ended sessions go after `sessions.retention`, and with the last session of a device the device
itself, unless it is trusted; events go after `events.retention`; a key that signs no more goes
when no living session is old enough to have a token of it; failed tries go when they count no
more. The server does all of it once a day.
"""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.durations import DAY
from protekt_cli.engine import event_log, events, revocation, throttle
from protekt_cli.engine.engine import Engine
from protekt_cli.store import deadlines, meta
from protekt_cli.store import events as event_table
from protekt_cli.store import retention as old
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View

#: Sessions that are pruned in one transaction.
STEP = 1000

_PRUNED_AT = "pruned_at"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning of sessions took away."""

    sessions: int = 0
    devices: int = 0
    keys: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            self.sessions + other.sessions,
            self.devices + other.devices,
            self.keys + other.keys,
        )


def count_sessions(view: View, older_than: int) -> int:
    """Return how many sessions ended so long ago, or longer."""
    return old.count_ended(view, view.now.seconds - older_than)


def prune_sessions(engine: Engine, older_than: int) -> Pruned:
    """Forget the sessions that ended so long ago or longer, their devices, and unneeded keys."""
    until = engine.read(lambda view: view.now.seconds) - older_than
    total = Pruned()
    while True:
        step = engine.submit(lambda transaction: prune_sessions_step(engine, transaction, until))
        total += step
        if not step.sessions:
            return total


def prune_sessions_step(engine: Engine, transaction: Transaction, until: int) -> Pruned:
    """Forget the next sessions that ended at *until* or before; none were left where it is zero."""
    for session_id, _ in deadlines.list_struck(transaction, until, STEP):
        session = session_table.find(transaction, session_id)
        if session is not None:
            revocation.expire(engine, transaction, session)  # its events are kept for longer
    device_ids = old.remove_ended(transaction, until, STEP)
    if device_ids:
        devices = old.remove_unused_devices(transaction, device_ids)
        return Pruned(sessions=len(device_ids), devices=devices)
    # A token is never older than its session, and dead with it.
    return Pruned(keys=old.remove_keys(transaction, old.find_oldest_living(transaction)))


def count_events(view: View, older_than: int) -> int:
    """Return how many events were written so long ago or longer, before the first that was not."""
    kept = event_table.find_first_after(view, view.now.seconds - older_than)
    return event_table.count_before(view, kept)


def prune_events(engine: Engine, older_than: int, *, actor: str) -> int:
    """Forget the events that were written so long ago or longer; return how many they were."""

    def begin(view: View) -> tuple[int, int]:
        last = event_table.find_last(view)
        return view.now.seconds - older_than, last[0] if last else 0

    until, through = engine.read(begin)
    total = 0
    while True:
        pruned = engine.submit(
            lambda transaction: event_log.prune_step(
                engine, transaction, until, through, actor=actor
            )
        )
        total += pruned
        if not pruned:
            return total


def is_due(view: View) -> bool:
    """Whether a day has passed since all was pruned that was old enough."""
    pruned_at = meta.find(view, _PRUNED_AT)
    # A clock that was set back counts as a new day.
    return pruned_at is None or not 0 <= view.now.seconds - pruned_at < DAY


def prune_due(engine: Engine, transaction: Transaction) -> bool:
    """Where a day has passed, take the next step; return whether there are more to take."""
    return is_due(transaction) and prune_step(engine, transaction)


def prune_step(engine: Engine, transaction: Transaction) -> bool:
    """Forget the next of what the settings keep no longer; return whether there is more."""
    now, settings = transaction.now.seconds, engine.settings
    if prune_sessions_step(engine, transaction, now - settings.sessions.retention).sessions:
        return True
    until = now - settings.events.retention
    if event_log.prune_step(engine, transaction, until, None, actor=events.SYSTEM):
        return True
    if throttle.prune_step(engine, transaction):
        return True
    meta.put(transaction, _PRUNED_AT, now)
    return False
