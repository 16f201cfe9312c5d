"""Emptying a database of all that use put into it; what makes it an installation stays."""

from __future__ import annotations

from protekt_cli.store import checkpoint, meta
from protekt_cli.store.database import Transaction

#: In an order that no foreign key minds. Signing keys and API keys are not among them.
_TABLES = ("sessions", "devices", "users", "webhook_deliveries", "events", "throttle")


def empty(transaction: Transaction) -> None:
    """Remove users, sessions, devices, events and counters, and let the clock be real again."""
    for table in _TABLES:
        transaction.run(f"DELETE FROM {table}")
    checkpoint.remove(transaction)
    meta.remove(transaction, meta.CLOCK_OFFSET)
