"""A crowd of sessions, put into the database without the cost of so many logins."""

from __future__ import annotations

from dataclasses import replace

from protekt_cli.core import ids
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Session
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction


def add_sessions(engine: Engine, like: Session, count: int) -> None:
    """Add *count* sessions that are like another one but for their ids."""

    def operation(transaction: Transaction) -> None:
        for _ in range(count):
            id_ = ids.new_id(ids.Prefix.SESSION, transaction.now.milliseconds)
            session_table.add(transaction, replace(like, id=id_))

    engine.submit(operation)
