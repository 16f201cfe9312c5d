"""Single values of an installation: the master key's check, the event checkpoint, the clock."""

from __future__ import annotations

from typing import Any

from protekt_cli.store.database import Transaction, View

MASTER_KEY_CHECK = "master_key_check"
#: There where the database is one for development: its clock may be moved, and all of it emptied.
DEV = "dev"
#: By how many milliseconds its clock is moved.
CLOCK_OFFSET = "clock_offset"


#: How often the sessions of everybody were ended at once.
_REVOCATIONS = "revocations"


def find(view: View, name: str) -> Any | None:
    """Return the value under *name*, or None."""
    row = view.one("SELECT value FROM meta WHERE name = :name", {"name": name})
    return row[0] if row else None


def put(transaction: Transaction, name: str, value: str | int | bytes) -> None:
    """Set the value under *name*."""
    transaction.run(
        "INSERT INTO meta (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


def remove(transaction: Transaction, name: str) -> None:
    """Take the value under *name* away."""
    transaction.run("DELETE FROM meta WHERE name = :name", {"name": name})


def count_revocations(view: View) -> int:
    """Return how often the sessions of everybody were ended at once."""
    return find(view, _REVOCATIONS) or 0


def add_revocation(transaction: Transaction) -> None:
    """Count one more of them: a login that is under way compares the number."""
    put(transaction, _REVOCATIONS, count_revocations(transaction) + 1)
