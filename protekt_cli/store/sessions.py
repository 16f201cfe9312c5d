"""The table of sessions: one row a session for ever, whatever became of it.

An end is written once and never taken back: every change asks for `ended_at IS NULL`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from protekt_cli.errors import EndReason
from protekt_cli.models import Caller, Session, SessionStatus, User
from protekt_cli.store import users
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.rows import reading

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

#: The same judgement as `policy.status`, for lists; a test holds the two together. The table is
#: `s` in it, and `:now` a parameter.
LIVE = (
    "(s.ended_at IS NULL AND s.idle_expires_at > :now AND s.refresh_expires_at > :now"
    " AND s.absolute_expires_at > :now)"
)
_BY_EXPIRY = "s.end_reason IN ('idle_timeout', 'refresh_expired', 'absolute_timeout')"
_IN_STATUS = {
    SessionStatus.ACTIVE: LIVE,
    SessionStatus.EXPIRED: f"({_BY_EXPIRY} OR (s.ended_at IS NULL AND NOT {LIVE}))",
    SessionStatus.REVOKED: f"(s.ended_at IS NOT NULL AND NOT {_BY_EXPIRY})",
}

_EXPIRES = "min(s.idle_expires_at, s.refresh_expires_at, s.absolute_expires_at)"
_KEYS = {
    "created": (),  # ids sort by creation
    "active": ("s.last_active_at",),
    "expires": (_EXPIRES,),
    "user": ("u.email_key",),
}
#: The orders of a list, by name; with `-` before it the other way round. Ids break ties.
ORDERS = {
    f"{sign}{name}": ", ".join(f"{key} {direction}" for key in (*keys, "s.id"))
    for name, keys in _KEYS.items()
    for sign, direction in (("", "ASC"), ("-", "DESC"))
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions: all that is given must hold."""

    user_id: str | None = None
    device_id: str | None = None
    status: SessionStatus | None = None
    ids: tuple[str, ...] | None = None
    except_id: str | None = None
    #: Active at this time or later.
    since: int | None = None
    #: Not active after this time.
    not_since: int | None = None
    network: IPv4Network | IPv6Network | None = None


def find(view: View, session_id: str) -> Session | None:
    row = view.one(_FIND, {"id": session_id})
    return _from_row(row) if row else None


def find_with_user(view: View, session_id: str) -> tuple[Session, User] | None:
    """Return a session and its user in one look-up: what each request needs."""
    row = view.one(_FIND_WITH_USER, {"id": session_id})
    return (_from_row(row[:_WIDTH]), users.from_row(row[_WIDTH:])) if row else None


def list_matching(
    view: View, wanted: Filter, limit: int | None = None, order: str = "-created"
) -> list[Session]:
    """Return the sessions of a filter at the view's `now`; *order* is one of `ORDERS`."""
    condition, parameters = _condition(wanted, view.now.seconds)
    if wanted.network is not None:
        condition += " AND s.ip IN (SELECT value FROM json_each(:addresses))"
        parameters["addresses"] = json.dumps(_addresses_within(view, wanted.network))
    parameters["limit"] = -1 if limit is None else limit
    rows = view.rows(
        f"SELECT {_COLUMNS} {_FROM} WHERE {condition} ORDER BY {ORDERS[order]} LIMIT :limit",
        parameters,
    )
    return [_from_row(row) for row in rows]


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


def count_active(view: View) -> int:
    """Return how many sessions are active at the view's `now`."""
    row = view.one(f"SELECT count(*) FROM sessions s WHERE {LIVE}", {"now": view.now.seconds})
    return int(row[0]) if row else 0


def count_by_status(view: View) -> dict[SessionStatus, int]:
    """Return how many sessions have each status at the view's `now`."""
    counts = ", ".join(f"count(*) FILTER (WHERE {term})" for term in _IN_STATUS.values())
    row = view.rows(f"SELECT {counts} FROM sessions s", {"now": view.now.seconds})[0]
    return dict(zip(_IN_STATUS, row, strict=True))


def count_active_by_device(view: View, device_id: str) -> int:
    row = view.one(
        f"SELECT count(*) FROM sessions s WHERE s.device_id = :id AND {LIVE}",
        {"id": device_id, "now": view.now.seconds},
    )
    return int(row[0]) if row else 0


def _condition(wanted: Filter, now: int) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {"now": now}
    terms = ["1"]
    if wanted.user_id is not None:
        terms.append("s.user_id = :user_id")
        parameters["user_id"] = wanted.user_id
    if wanted.device_id is not None:
        terms.append("s.device_id = :device_id")
        parameters["device_id"] = wanted.device_id
    if wanted.ids is not None:
        terms.append("s.id IN (SELECT value FROM json_each(:ids))")
        parameters["ids"] = json.dumps(wanted.ids)
    if wanted.except_id is not None:
        terms.append("s.id <> :except_id")
        parameters["except_id"] = wanted.except_id
    if wanted.since is not None:
        terms.append("s.last_active_at >= :since")
        parameters["since"] = wanted.since
    if wanted.not_since is not None:
        terms.append("s.last_active_at <= :not_since")
        parameters["not_since"] = wanted.not_since
    if wanted.status is not None:
        terms.append(_IN_STATUS[wanted.status])
    return " AND ".join(terms), parameters


def _addresses_within(view: View, network: IPv4Network | IPv6Network) -> list[str]:
    """Return the addresses of sessions that are in the network, which SQL cannot tell."""
    rows = view.rows("SELECT DISTINCT ip FROM sessions WHERE ip IS NOT NULL")
    return [address for (address,) in rows if ip_address(address) in network]


@reading("session")
def _from_row(row: Row) -> Session:
    fields = (
        *row[:7],
        tuple(json.loads(row[7])),
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
