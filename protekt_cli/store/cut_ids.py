"""Looking up ids by their first characters, in whichever table."""

from __future__ import annotations

from protekt_cli.store.database import View

#: Tables, and the column that their ids are in.
TABLES = {
    "users": "id",
    "devices": "id",
    "sessions": "id",
    "api_keys": "id",
    "signing_keys": "kid",
}
#: Which rows can be meant at all: an API key that is revoked is known no more.
_KNOWN = {"api_keys": "revoked_at IS NULL"}


def starting_with(view: View, table: str, start: str, limit: int) -> list[str]:
    """Return at most *limit* ids that begin with *start*, in order."""
    if table not in TABLES:
        raise ValueError(f"no table of ids: {table}")
    column = TABLES[table]
    rows = view.rows(
        f"SELECT {column} FROM {table} WHERE {column} >= :start AND {column} < :end"
        f" AND {_KNOWN.get(table, '1')} ORDER BY {column} LIMIT :limit",
        {"start": start, "end": start + "~", "limit": limit},
    )
    return [row[0] for row in rows]
