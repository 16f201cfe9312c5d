"""The table of sessions: one row a session for ever, whatever became of it.

An end is written once and never taken back: every change asks for `ended_at IS NULL`.
"""

from __future__ import annotations

import json
from functools import lru_cache

from protekt_cli.errors import EndReason
from protekt_cli.models import Caller, Session, SessionStatus, User
from protekt_cli.store import users
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.paging import Order, Page, Position, page_of
from protekt_cli.store.rows import reading
from protekt_cli.store.session_filter import IN_STATUS, condition_of
from protekt_cli.store.session_filter import LIVE as LIVE
from protekt_cli.store.session_filter import Filter as Filter
from protekt_cli.store.signing_keys import SealedKey

_COLUMNS = (
    "s.id, s.user_id, u.email, s.device_id, s.device_name, s.ip, s.user_agent, s.amr, s.claims,"
    " s.client_id, s.created_at, s.last_active_at, s.refreshed_at, s.idle_expires_at,"
    " s.refresh_expires_at, s.absolute_expires_at, s.sliding, s.generation, s.rotated_at,"
    " s.rotation_ip, s.rotation_user_agent, s.rotation_device_id, s.seen, s.lost_answers, s.salt,"
    " s.ended_at, s.end_reason, s.end_note"
)
_WIDTH = 28
_USER_COLUMNS = (
    "u.id, u.email, u.name, u.status, u.metadata, u.created_at, u.updated_at, u.last_login_at,"
    " u.sealed_password, u.revocations"
)
_FROM = "FROM sessions s JOIN users u ON u.id = s.user_id"
_FIND = f"SELECT {_COLUMNS} {_FROM} WHERE s.id = :id"
_FIND_WITH_USER = f"SELECT {_COLUMNS}, {_USER_COLUMNS} {_FROM} WHERE s.id = :id"
_FIND_SIGNED = (
    f"SELECT {_COLUMNS}, {_USER_COLUMNS} {_FROM} JOIN signing_keys k ON k.kid = :kid"
    " WHERE s.id = :id AND k.algorithm = :algorithm AND k.sealed = :sealed"
    " AND k.status <> 'revoked'"
)

_BY_USER = "u.email_key"
_KEYS = {
    "created": None,  # ids sort by creation
    "active": "s.last_active_at",
    "expires": "min(s.idle_expires_at, s.refresh_expires_at, s.absolute_expires_at)",
    "user": _BY_USER,
}
#: The orders of a list, by name; with `-` before it the other way round. Ids break ties.
ORDERS = {
    f"{sign}{name}": Order(key, "s.id", is_descending=bool(sign))
    for name, key in _KEYS.items()
    for sign in ("", "-")
}
# Orders in which a use moves a session on, and what is true of one that was not used.
_BY_USE = ("active", "expires")
_UNUSED = "s.last_active_at <= :as_of AND coalesce(s.refreshed_at, 0) <= :as_of"
# Users first, or SQLite would read all sessions to sort them.
_FROM_USERS = "FROM users u CROSS JOIN sessions s ON s.user_id = u.id"


def find(view: View, session_id: str) -> Session | None:
    row = view.one(_FIND, {"id": session_id})
    return _from_row(row) if row else None


def find_with_user(view: View, session_id: str) -> tuple[Session, User] | None:
    """Return a session and its user in one look-up: what each request needs."""
    row = view.one(_FIND_WITH_USER, {"id": session_id})
    return _with_user(row) if row else None


def find_signed(view: View, session_id: str, key: SealedKey) -> tuple[Session, User] | None:
    """Return a session and its user, if the key of its token is not another and not revoked."""
    row = view.one(_FIND_SIGNED, {"id": session_id, **key._asdict()})
    return _with_user(row) if row else None


def list_matching(
    view: View, wanted: Filter, limit: int | None = None, order: str = "-created"
) -> list[Session]:
    """Return the sessions of a filter at the view's `now`; *order* is one of `ORDERS`."""
    rows = _rows(view, wanted, order, -1 if limit is None else limit)
    return [_from_row(row[:-1]) for row in rows]


def list_page(
    view: View,
    wanted: Filter,
    order: str,
    limit: int,
    *,
    after: Position | None = None,
    as_of: int | None = None,
) -> Page[Session]:
    """Return a page of what `list_matching` returns.

    Args:
        as_of: When the first page was read. Where the longest unused come first, one that was
            used since then is left out: at its new place it would be seen a second time.
    """
    return page_of(_rows(view, wanted, order, limit + 1, after, as_of), limit, _from_row)


def _rows(
    view: View,
    wanted: Filter,
    order: str,
    limit: int,
    after: Position | None = None,
    as_of: int | None = None,
) -> list[Row]:
    by = ORDERS[order]
    condition, parameters = condition_of(view, wanted)
    behind, position = by.behind(after)
    unmoved = "1" if as_of is None or order not in _BY_USE else _UNUSED
    # What is sorted are ids and keys alone: whole rows would take many times as long.
    return view.rows(
        f"SELECT {_COLUMNS}, p.key FROM (SELECT s.id AS id, {by.key or 'NULL'} AS key"
        f" {_FROM_USERS if by.key == _BY_USER else 'FROM sessions s'}"
        f" WHERE {condition} AND {behind} AND {unmoved} ORDER BY {by.clause} LIMIT :limit) p"
        " CROSS JOIN sessions s ON s.id = p.id CROSS JOIN users u ON u.id = s.user_id"
        f" ORDER BY {by.clause_over('p')}",
        {**parameters, **position, "as_of": as_of, "limit": limit},
    )


def add(transaction: Transaction, session: Session) -> None:
    transaction.run(
        "INSERT INTO sessions (id, user_id, device_id, device_name, ip, user_agent, amr, claims,"
        " client_id, created_at, last_active_at, idle_expires_at, refresh_expires_at,"
        " absolute_expires_at, sliding, generation, salt)"
        " VALUES (:id, :user_id, :device_id, :device_name, :ip, :user_agent, :amr, :claims,"
        " :client_id, :created_at, :created_at, :idle, :refresh, :absolute, :sliding,"
        " :generation, :salt)",
        {
            "id": session.id,
            "user_id": session.user_id,
            "device_id": session.device_id,
            "device_name": session.device_name,
            "ip": session.ip,
            "user_agent": session.user_agent,
            "amr": json.dumps(session.amr),
            "claims": json.dumps(session.claims),
            "client_id": session.client_id,
            "created_at": session.created_at,
            "idle": session.idle_expires_at,
            "refresh": session.refresh_expires_at,
            "absolute": session.absolute_expires_at,
            "sliding": session.sliding,
            "generation": session.generation,
            "salt": session.salt,
        },
    )


def update(transaction: Transaction, session: Session) -> None:
    """Write everything that moves in a living session."""
    transaction.run(
        "UPDATE sessions SET last_active_at = :last_active, idle_expires_at = :idle,"
        " refresh_expires_at = :refresh, refreshed_at = :refreshed, generation = :generation,"
        " rotated_at = :rotated, rotation_ip = :ip, rotation_user_agent = :user_agent,"
        " rotation_device_id = :device_id, seen = :seen, lost_answers = :lost_answers"
        " WHERE id = :id AND ended_at IS NULL",
        {
            "id": session.id,
            "last_active": session.last_active_at,
            "idle": session.idle_expires_at,
            "refresh": session.refresh_expires_at,
            "refreshed": session.refreshed_at,
            "generation": session.generation,
            "rotated": session.rotated_at,
            "ip": session.rotated_by.ip,
            "user_agent": session.rotated_by.user_agent,
            "device_id": session.rotated_by.device_id,
            "seen": session.seen,
            "lost_answers": session.lost_answers,
        },
    )


def end(
    transaction: Transaction, session_id: str, at: int, reason: EndReason, note: str | None = None
) -> bool:
    """Write the end of a session; return False where it had ended before."""
    changed = transaction.run(
        "UPDATE sessions SET ended_at = :at, end_reason = :reason, end_note = :note"
        " WHERE id = :id AND ended_at IS NULL",
        {"id": session_id, "at": at, "reason": reason, "note": note},
    )
    return changed == 1


def rename_device(transaction: Transaction, device_id: str, name: str) -> None:
    """Change the name of a device in its sessions' copy of it, which outlives the device."""
    transaction.run(
        "UPDATE sessions SET device_name = :name WHERE device_id = :id",
        {"id": device_id, "name": name},
    )


def count_by_status(view: View) -> dict[SessionStatus, int]:
    """Return how many sessions have each status at the view's `now`."""
    counts = ", ".join(f"count(*) FILTER (WHERE {term})" for term in IN_STATUS.values())
    row = view.rows(f"SELECT {counts} FROM sessions s", {"now": view.now.seconds})[0]
    return dict(zip(IN_STATUS, row, strict=True))


def count_active_by_device(view: View, device_id: str) -> int:
    row = view.one(
        f"SELECT count(*) FROM sessions s WHERE s.device_id = :id AND {LIVE}",
        {"id": device_id, "now": view.now.seconds},
    )
    return int(row[0]) if row else 0


# Reading a row takes half as long as finding it, and the same row is always the same two values.
@lru_cache(maxsize=10_000)
def _with_user(row: Row) -> tuple[Session, User]:
    return _from_row(row[:_WIDTH]), users.from_row(row[_WIDTH:])


@lru_cache(maxsize=16)
def _amr(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@reading("session")
def _from_row(row: Row) -> Session:
    fields = (
        *row[:7],
        _amr(row[7]),
        json.loads(row[8]) if row[8] != "{}" else {},
        *row[9:16],
        bool(row[16]),
        *row[17:19],
        Caller(row[19], row[20], row[21]),
        bool(row[22]),
        *row[23:26],
        EndReason(row[26]) if row[26] else None,
        row[27],
    )
    return Session(*fields)
