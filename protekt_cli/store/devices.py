"""The table of devices."""

from __future__ import annotations

from protekt_cli.models import Device
from protekt_cli.store.database import Row, Transaction, View

_COLUMNS = "id, user_id, name, kind, trusted, ip, user_agent, first_seen_at, last_seen_at"


def find(view: View, device_id: str) -> Device | None:
    row = view.one(f"SELECT {_COLUMNS} FROM devices WHERE id = :id", {"id": device_id})
    return _from_row(row) if row else None


def find_named(view: View, user_id: str, name: str) -> list[Device]:
    """Return a user's devices of exactly this name."""
    rows = view.rows(
        f"SELECT {_COLUMNS} FROM devices WHERE user_id = :user_id AND name = :name ORDER BY id",
        {"user_id": user_id, "name": name},
    )
    return [_from_row(row) for row in rows]


def add(transaction: Transaction, device: Device) -> None:
    transaction.run(
        f"INSERT INTO devices ({_COLUMNS}) VALUES (:id, :user_id, :name, :kind, :trusted, :ip,"
        " :user_agent, :first_seen_at, :last_seen_at)",
        {
            "id": device.id,
            "user_id": device.user_id,
            "name": device.name,
            "kind": device.kind,
            "trusted": device.trusted,
            "ip": device.ip,
            "user_agent": device.user_agent,
            "first_seen_at": device.first_seen_at,
            "last_seen_at": device.last_seen_at,
        },
    )


def set_last_seen(
    transaction: Transaction, device_id: str, at: int, ip: str | None, user_agent: str | None
) -> None:
    transaction.run(
        "UPDATE devices SET last_seen_at = :at, ip = coalesce(:ip, ip),"
        " user_agent = coalesce(:user_agent, user_agent) WHERE id = :id",
        {"id": device_id, "at": at, "ip": ip, "user_agent": user_agent},
    )


def _from_row(row: Row) -> Device:
    return Device(*(*row[:4], bool(row[4]), *row[5:]))
