"""The table of events: appended to, read, and pruned from its beginning; never edited."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from protekt_cli.models import Event
from protekt_cli.store.database import Row, Transaction, View

_COLUMNS = "seq, id, type, at, user_id, session_id, device_id, ip, actor, reason, data"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with what chains it to the one before."""

    event: Event
    digest: bytes = field(repr=False)
    seal: bytes = field(repr=False)


def find_last(view: View) -> tuple[int, bytes] | None:
    """Return the `seq` and the digest of the newest event."""
    row = view.one("SELECT seq, digest FROM events ORDER BY seq DESC LIMIT 1")
    return (row[0], row[1]) if row else None


def list_recorded(view: View) -> list[Recorded]:
    """Return every event with its digest and seal, oldest first."""
    rows = view.rows(f"SELECT {_COLUMNS}, digest, seal FROM events ORDER BY seq")
    return [Recorded(_from_row(row[:-2]), row[-2], row[-1]) for row in rows]


def add(transaction: Transaction, recorded: Recorded) -> None:
    event = recorded.event
    transaction.run(
        f"INSERT INTO events ({_COLUMNS}, digest, seal) VALUES (:seq, :id, :type, :at,"
        " :user_id, :session_id, :device_id, :ip, :actor, :reason, :data, :digest, :seal)",
        {
            "seq": event.seq,
            "id": event.id,
            "type": event.type,
            "at": event.at,
            "user_id": event.user_id,
            "session_id": event.session_id,
            "device_id": event.device_id,
            "ip": event.ip,
            "actor": event.actor,
            "reason": event.reason,
            "data": json.dumps(event.data),
            "digest": recorded.digest,
            "seal": recorded.seal,
        },
    )


def _from_row(row: Row) -> Event:
    return Event(*(*row[:10], json.loads(row[10])))
