"""The living sessions of a filter, as a whole: how many they are, and ending them at once.

Of very many sessions no value is made for each: what an event says of one is all that is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from protekt_cli.errors import EndReason
from protekt_cli.models import SessionStatus
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.session_filter import Filter, condition_of


class Ended(NamedTuple):
    """A session that was ended, as far as its event speaks of it."""

    id: str
    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many sessions, of how many users, on how many devices."""

    sessions: int
    users: int
    devices: int


def count(view: View, wanted: Filter) -> Count:
    """Count the living sessions of a filter."""
    condition, parameters = _condition(view, wanted)
    row = view.rows(
        "SELECT count(*), count(DISTINCT s.user_id), count(DISTINCT s.device_id)"
        f" FROM sessions s WHERE {condition}",
        parameters,
    )[0]
    return Count(*row)


def list_ids(view: View, wanted: Filter) -> list[str]:
    """Return the ids of the living sessions of a filter, newest first."""
    condition, parameters = _condition(view, wanted)
    rows = view.rows(
        f"SELECT s.id FROM sessions s WHERE {condition} ORDER BY s.id DESC", parameters
    )
    return [id_ for (id_,) in rows]


def end(
    transaction: Transaction,
    wanted: Filter,
    reason: EndReason,
    *,
    note: str | None = None,
    limit: int | None = None,
) -> list[Ended]:
    """End the living sessions of a filter now, and return them, newest first."""
    condition, parameters = _condition(transaction, wanted)
    rows = transaction.rows(
        "UPDATE sessions SET ended_at = :now, end_reason = :reason, end_note = :note"
        " WHERE ended_at IS NULL AND id IN (SELECT s.id FROM sessions s"
        f" WHERE {condition} ORDER BY s.id DESC LIMIT :limit) RETURNING id, user_id, device_id",
        {
            **parameters,
            "reason": reason,
            "note": note,
            "limit": -1 if limit is None else limit,
        },
    )
    return sorted((Ended(*row) for row in rows), reverse=True)


def _condition(view: View, wanted: Filter) -> tuple[str, dict[str, Any]]:
    return condition_of(view, replace(wanted, status=SessionStatus.ACTIVE))
