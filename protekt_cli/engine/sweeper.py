"""What the clock alone brings about: deadlines are announced, and sessions end by them.

A session is dead at its deadline whether or not that is written down; what is here writes it down
on time. The server does so every second; where none runs, the next command that writes does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from protekt_cli.engine import revocation
from protekt_cli.engine.announcing import announce
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Problem
from protekt_cli.store import deadlines
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.rows import damaged

T = TypeVar("T")

#: Events that are written in one transaction at most.
LIMIT = 5000


def is_due(engine: Engine, view: View) -> bool:
    """Whether there is anything to write: one look at an index."""
    now = view.now.seconds
    ahead = now + engine.settings.events.expire_warning
    return bool(deadlines.list_unannounced(view, ahead, 1) or deadlines.list_struck(view, now, 1))


def sweep(engine: Engine, transaction: Transaction, limit: int = LIMIT) -> int:
    """Write what has become due, in the order in which it did; return how many things it was.

    Fewer than *limit* are all there was. A clock that was moved past both announces an end and
    then writes it.
    """
    now, warning = transaction.now.seconds, engine.settings.events.expire_warning
    near = deadlines.list_unannounced(transaction, now + warning, limit)
    struck = deadlines.list_struck(transaction, now, limit)
    due = [(at - warning, False, id_) for id_, at in near]
    due += [(at, True, id_) for id_, at in struck]
    due = sorted(due)[:limit]
    for _, is_over, id_ in due:
        session = session_table.find(transaction, id_)
        if session is None:  # an index that says otherwise is damaged
            raise damaged("session", id_)
        act = revocation.expire if is_over else announce
        act(engine, transaction, session)
    return len(due)


class SweepingEngine(Engine):
    """An engine that before its first write writes what is due."""

    _has_swept = False

    def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Run *operation* as every engine does, after the sweep that no server may have done."""
        if not self._has_swept:
            self._has_swept = True
            if self.read(lambda view: is_due(self, view)):
                super().submit(lambda transaction: sweep(self, transaction))
        return super().submit(operation)
