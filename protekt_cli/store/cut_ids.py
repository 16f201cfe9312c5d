"""Looking up ids by their first characters, in whichever table."""

from __future__ import annotations

from protekt_cli.store.database import View

TABLES = ("users", "devices", "sessions", "api_keys")


def starting_with(view: View, table: str, start: str, limit: int) -> list[str]:
    """Return at most *limit* ids that begin with *start*, in order."""
    if table not in TABLES:
        raise ValueError(f"no table of ids: {table}")
    rows = view.rows(
        f"SELECT id FROM {table} WHERE id >= :start AND id < :end ORDER BY id LIMIT :limit",
        {"start": start, "end": start + "~", "limit": limit},
    )
    return [row[0] for row in rows]
