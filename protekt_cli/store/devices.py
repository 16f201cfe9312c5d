"""The table of devices."""

from __future__ import annotations

from protekt_cli.models import Device
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.paging import Order, Page, Position, page_of
from protekt_cli.store.session_filter import LIVE

_COLUMNS = "id, user_id, name, kind, trusted, ip, user_agent, first_seen_at, last_seen_at"
_NEWEST_FIRST = Order(None, "id", is_descending=True)


def find(view: View, device_id: str) -> Device | None:
    row = view.one(f"SELECT {_COLUMNS} FROM devices WHERE id = :id", {"id": device_id})
    return _from_row(row) if row else None


def list_counted(
    view: View, *, user_id: str | None = None, limit: int | None = None
) -> list[tuple[Device, int]]:
    """Return devices, newest first, each with how many of its sessions are active."""
    rows = _rows(view, user_id, None, -1 if limit is None else limit)
    return [_counted(row[:-1]) for row in rows]


def list_page(
    view: View, *, user_id: str | None, limit: int, after: Position | None
) -> Page[tuple[Device, int]]:
    """Return a page of what `list_counted` returns."""
    return page_of(_rows(view, user_id, after, limit + 1), limit, _counted)


def _rows(view: View, user_id: str | None, after: Position | None, limit: int) -> list[Row]:
    condition = "1" if user_id is None else "user_id = :user_id"
    behind, position = _NEWEST_FIRST.behind(after)
    return view.rows(
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM sessions s WHERE s.device_id = devices.id"
        f" AND {LIVE}), NULL FROM devices WHERE {condition} AND {behind}"
        f" ORDER BY {_NEWEST_FIRST.clause} LIMIT :limit",
        {"user_id": user_id, "now": view.now.seconds, "limit": limit, **position},
    )


def _counted(row: Row) -> tuple[Device, int]:
    return _from_row(row[:-1]), row[-1]


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


def set_name(transaction: Transaction, device_id: str, name: str) -> None:
    transaction.run(
        "UPDATE devices SET name = :name WHERE id = :id", {"id": device_id, "name": name}
    )


def set_trusted(transaction: Transaction, device_id: str, trusted: bool) -> None:
    transaction.run(
        "UPDATE devices SET trusted = :trusted WHERE id = :id",
        {"id": device_id, "trusted": trusted},
    )


def remove(transaction: Transaction, device_id: str) -> None:
    """Delete a device; its sessions keep its id and name."""
    transaction.run("DELETE FROM devices WHERE id = :id", {"id": device_id})


def _from_row(row: Row) -> Device:
    return Device(*(*row[:4], bool(row[4]), *row[5:]))
