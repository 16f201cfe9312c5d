"""Deleting what has been kept for long enough: ended sessions, their devices, signing keys."""

from __future__ import annotations

import json
from collections.abc import Iterable

from protekt_cli.store.database import Transaction, View
from protekt_cli.store.deadlines import EXPIRES
from protekt_cli.store.sessions import LIVE


def count_ended(view: View, until: int) -> int:
    """Return how many sessions ended at *until* or before, whether that was written or not."""
    row = view.one(
        "SELECT (SELECT count(*) FROM sessions WHERE ended_at <= :until)"
        " + (SELECT count(*) FROM sessions WHERE ended_at IS NULL AND"
        f" {EXPIRES} <= :until)",
        {"until": until},
    )
    return int(row[0]) if row else 0


def remove_ended(transaction: Transaction, until: int, limit: int) -> list[str]:
    """Delete sessions that ended at *until* or before; return the device of each."""
    rows = transaction.rows(
        "SELECT id, device_id FROM sessions WHERE ended_at <= :until ORDER BY ended_at"
        " LIMIT :limit",
        {"until": until, "limit": limit},
    )
    transaction.run(
        "DELETE FROM sessions WHERE id IN (SELECT value FROM json_each(:ids))",
        {"ids": json.dumps([session_id for session_id, _ in rows])},
    )
    return [device_id for _, device_id in rows]


def remove_unused_devices(transaction: Transaction, device_ids: Iterable[str]) -> int:
    """Delete those of these devices that have no session left and are not trusted."""
    return transaction.run(
        "DELETE FROM devices WHERE id IN (SELECT value FROM json_each(:ids)) AND NOT trusted"
        " AND NOT EXISTS (SELECT 1 FROM sessions WHERE device_id = devices.id)",
        {"ids": json.dumps(sorted(set(device_ids)))},
    )


def find_oldest_living(view: View) -> int | None:
    """Return when the oldest living session began, or None where none lives."""
    row = view.one(
        f"SELECT s.created_at FROM sessions s WHERE {LIVE} ORDER BY s.id LIMIT 1",
        {"now": view.now.seconds},
    )
    return row[0] if row else None


def remove_keys(transaction: Transaction, before: int | None) -> int:
    """Delete the retired and revoked keys that stopped signing before a time; None is any time."""
    return transaction.run(
        "DELETE FROM signing_keys WHERE status IN ('retired', 'revoked')"
        " AND (:before IS NULL OR coalesce(retired_at, created_at) < :before)",
        {"before": before},
    )
