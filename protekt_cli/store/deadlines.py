"""Which sessions a deadline is about to end, or has ended: by the index of deadlines alone."""

from __future__ import annotations

from protekt_cli.store.database import Transaction, View

# As the index of the schema has it, letter for letter, or SQLite does not see that it fits.
EXPIRES = "min(idle_expires_at, refresh_expires_at, absolute_expires_at)"
_UNENDED = "ended_at IS NULL"

#: The id of a session, and its next deadline.
Due = tuple[str, int]


def list_unannounced(view: View, until: int, limit: int) -> list[Due]:
    """Return the sessions whose deadline is at *until* or before, and was not announced."""
    return view.rows(
        f"SELECT id, {EXPIRES} FROM sessions WHERE {_UNENDED} AND {EXPIRES} <= :until"
        f" AND warned_of IS NOT {EXPIRES} ORDER BY {EXPIRES}, id LIMIT :limit",
        {"until": until, "limit": limit},
    )


def list_struck(view: View, until: int, limit: int) -> list[Due]:
    """Return the sessions without an end whose deadline struck at *until* or before."""
    return view.rows(
        f"SELECT id, {EXPIRES} FROM sessions WHERE {_UNENDED} AND {EXPIRES} <= :until"
        f" ORDER BY {EXPIRES}, id LIMIT :limit",
        {"until": until, "limit": limit},
    )


def mark_announced(transaction: Transaction, session_id: str, deadline: int) -> bool:
    """Keep that a session's deadline was announced; return False where it was before."""
    changed = transaction.run(
        "UPDATE sessions SET warned_of = :deadline"
        f" WHERE id = :id AND {_UNENDED} AND warned_of IS NOT :deadline",
        {"id": session_id, "deadline": deadline},
    )
    return changed == 1
