"""The table of API keys: of a key it holds a digest and never the key.

Revoked ones stay, so that no restore revives them, and are found by nothing here.
"""

from __future__ import annotations

from protekt_cli.models import ApiKey, Scope
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.paging import Order, Page, Position, page_of
from protekt_cli.store.rows import reading

_COLUMNS = "id, name, scope, created_at, expires_at, last_used_at"
_UNREVOKED = f"SELECT {_COLUMNS} FROM api_keys WHERE revoked_at IS NULL"
_FIND = f"{_UNREVOKED} AND id = :id"
_FIND_BY_DIGEST = f"{_UNREVOKED} AND digest = :digest"
_NEWEST_FIRST = Order(None, "id", is_descending=True)


def find(view: View, key_id: str) -> ApiKey | None:
    row = view.one(_FIND, {"id": key_id})
    return _from_row(row) if row else None


def find_by_digest(view: View, digest: bytes) -> ApiKey | None:
    row = view.one(_FIND_BY_DIGEST, {"digest": digest})
    return _from_row(row) if row else None


def list_all(view: View) -> list[ApiKey]:
    """Return every key that is not revoked, oldest first."""
    return [_from_row(row) for row in view.rows(f"{_UNREVOKED} ORDER BY id")]


def list_page(view: View, limit: int, after: Position | None) -> Page[ApiKey]:
    """Return the next *limit* keys that are not revoked, newest first."""
    condition, parameters = _NEWEST_FIRST.behind(after)
    rows = view.rows(
        f"SELECT {_COLUMNS}, NULL FROM api_keys WHERE revoked_at IS NULL AND {condition}"
        f" ORDER BY {_NEWEST_FIRST.clause} LIMIT :limit",
        {**parameters, "limit": limit + 1},
    )
    return page_of(rows, limit, _from_row)


def add(transaction: Transaction, key: ApiKey, digest: bytes) -> None:
    transaction.run(
        f"INSERT INTO api_keys ({_COLUMNS}, digest)"
        " VALUES (:id, :name, :scope, :created_at, :expires_at, :last_used_at, :digest)",
        {
            "id": key.id,
            "name": key.name,
            "scope": key.scope,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
            "digest": digest,
        },
    )


def set_last_used(transaction: Transaction, key_id: str, at: int) -> None:
    transaction.run(
        "UPDATE api_keys SET last_used_at = :at WHERE id = :id", {"id": key_id, "at": at}
    )


def revoke(transaction: Transaction, key_id: str, at: int) -> None:
    transaction.run("UPDATE api_keys SET revoked_at = :at WHERE id = :id", {"id": key_id, "at": at})


@reading("API key")
def _from_row(row: Row) -> ApiKey:
    return ApiKey(row[0], row[1], Scope(row[2]), row[3], row[4], row[5])
