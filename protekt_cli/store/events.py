"""The table of events: appended to, read, and pruned from its beginning; never edited.

What is read of it is read in pages by `seq`, so that no list of events is ever whole in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain
from typing import Any

from protekt_cli.errors import StoreUnavailable
from protekt_cli.models import Event
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.event_filter import EVERYTHING as EVERYTHING
from protekt_cli.store.event_filter import Filter as Filter
from protekt_cli.store.event_filter import by_type, condition_of
from protekt_cli.store.paging import Page, Position
from protekt_cli.store.rows import reading

_COLUMNS = "seq, id, type, at, user_id, session_id, device_id, ip, actor, reason, data"
# As blobs: text that somebody broke must be found out, and could not be read as text.
_STORED = (
    "seq, CAST(id AS BLOB), CAST(type AS BLOB), at, CAST(user_id AS BLOB),"
    " CAST(session_id AS BLOB), CAST(device_id AS BLOB), CAST(ip AS BLOB), CAST(actor AS BLOB),"
    " CAST(reason AS BLOB), CAST(data AS BLOB), digest, seal"
)
_ADD = (
    f"INSERT INTO events ({_COLUMNS}, digest, seal) VALUES (:seq, :id, :type, :at,"
    " :user_id, :session_id, :device_id, :ip, :actor, :reason, :data, :digest, :seal)"
)


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


def find_start(view: View, wanted: Filter, count: int) -> tuple[int, bool]:
    """Return the `seq` that the last *count* events of a filter begin at, and if there are more."""
    condition, parameters = condition_of(wanted)
    rows = view.rows(
        f"SELECT seq FROM events WHERE {condition} ORDER BY seq DESC LIMIT 2 OFFSET :skipped",
        {**parameters, "skipped": count - 1},
    )
    return (rows[0][0], len(rows) > 1) if rows else (0, False)


def list_page(view: View, wanted: Filter, after: int, limit: int) -> list[Event]:
    """Return the next events of a filter behind the `seq` *after*, oldest first."""
    condition, parameters = condition_of(wanted)
    rows = view.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {condition} AND seq > :after"
        " ORDER BY seq LIMIT :limit",
        {**parameters, "after": after, "limit": limit},
    )
    return [_from_row(row) for row in rows]


def list_between(view: View, wanted: Filter, after: int, through: int) -> list[Event]:
    """Return the events of a filter behind one `seq` and through another, oldest first."""
    condition, parameters = condition_of(wanted)
    rows = view.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {condition} AND seq > :after AND seq <= :through"
        " ORDER BY seq",
        {**parameters, "after": after, "through": through},
    )
    return [_from_row(row) for row in rows]


def find_digest(view: View, seq: int) -> bytes | None:
    """Return the digest of one event."""
    row = view.one("SELECT digest FROM events WHERE seq = :seq", {"seq": seq})
    return row[0] if row else None


def list_last(view: View, wanted: Filter, limit: int, before: Position | None) -> Page[Event]:
    """Return the last events of a filter, or the last before a position, oldest first."""
    parts = (_seqs(view, each, limit, before) for each in by_type(view, wanted))
    seqs = nlargest(limit + 1, chain.from_iterable(parts))
    rows = view.rows(
        f"SELECT {_COLUMNS} FROM events WHERE seq IN (SELECT value FROM json_each(:seqs))"
        " ORDER BY seq",
        {"seqs": json.dumps(seqs[:limit])},
    )
    events = [_from_row(row) for row in rows]
    return Page(events, Position(events[0].seq, events[0].id) if len(seqs) > limit else None)


def list_stored(view: View, after: int | None, limit: int) -> list[Recorded | int]:
    """Return the next events as they are stored, or the bare `seq` of one that cannot be read."""
    condition = "1" if after is None else "seq > :after"
    rows = view.rows(
        f"SELECT {_STORED} FROM events WHERE {condition} ORDER BY seq LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [_stored(row) for row in rows]


def count(view: View) -> int:
    row = view.one("SELECT count(*) FROM events")
    return int(row[0]) if row else 0


def list_oldest(view: View, limit: int) -> list[tuple[int, int, bytes]]:
    """Return `seq`, time and digest of the first events there are."""
    rows = view.rows(
        "SELECT seq, at, digest FROM events ORDER BY seq LIMIT :limit", {"limit": limit}
    )
    return [_mark_from_row(row) for row in rows]


def find_first_after(view: View, at: int) -> int | None:
    """Return the first `seq` that was written after a time: those before it are a prefix."""
    # The sign keeps SQLite from an index in which it would have to sort.
    row = view.one("SELECT seq FROM events WHERE +at > :at ORDER BY seq LIMIT 1", {"at": at})
    return row[0] if row else None


def count_before(view: View, seq: int | None) -> int:
    """Return how many events there are before a `seq`; None is behind the last."""
    condition = "1" if seq is None else "seq < :seq"
    row = view.one(f"SELECT count(*) FROM events WHERE {condition}", {"seq": seq})
    return int(row[0]) if row else 0


def remove_through(transaction: Transaction, seq: int) -> int:
    """Delete the events up to a `seq`, and return how many they were."""
    return transaction.run("DELETE FROM events WHERE seq <= :seq", {"seq": seq})


def add(transaction: Transaction, recorded: Recorded) -> None:
    transaction.run(_ADD, _to_row(recorded))


def add_all(transaction: Transaction, recorded: Iterable[Recorded]) -> None:
    """Add very many at once."""
    transaction.run_each(_ADD, (_to_row(each) for each in recorded))


def _to_row(recorded: Recorded) -> dict[str, Any]:
    event = recorded.event
    return {
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
        "data": _data_text(event.data),
        "digest": recorded.digest,
        "seal": recorded.seal,
    }


def _seqs(view: View, wanted: Filter, limit: int, before: Position | None) -> list[int]:
    """Return the highest `seq` of a filter, and one more than are wanted."""
    condition, parameters = condition_of(wanted)
    behind = "1" if before is None else "seq < :before"
    rows = view.rows(
        f"SELECT seq FROM events WHERE {condition} AND {behind} ORDER BY seq DESC LIMIT :limit",
        {**parameters, "before": before and before.key, "limit": limit + 1},
    )
    return [seq for (seq,) in rows]


@reading("event")
def _mark_from_row(row: Row) -> tuple[int, int, bytes]:
    return int(row[0]), int(row[1]), bytes(row[2])


def _from_row(row: Row) -> Event:
    try:
        return Event(*(*row[:10], json.loads(row[10])))
    except (ValueError, TypeError):
        raise StoreUnavailable(
            f"event {row[0]} is damaged", hint="find out what is with: protekt events verify"
        ) from None


def _stored(row: Row) -> Recorded | int:
    """Read a row that anybody may have changed."""
    try:
        fields = [value.decode() if isinstance(value, bytes) else value for value in row[:11]]
        data = json.loads(fields[10])
        if _data_text(data) != fields[10]:
            return int(row[0])
    except (ValueError, TypeError, RecursionError):
        return int(row[0])
    return Recorded(Event(*(*fields[:10], data)), row[11], row[12])


def _data_text(data: Mapping[str, Any]) -> str:
    return json.dumps(data) if data else "{}"
