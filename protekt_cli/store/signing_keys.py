"""The table of signing keys, each sealed by the master key."""

from __future__ import annotations

import json
from typing import NamedTuple

from protekt_cli.models import KeyStatus, SigningKey
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.paging import Order, Page, Position, page_of
from protekt_cli.store.rows import reading

_COLUMNS = "kid, algorithm, status, sealed, public, created_at, retired_at"
_FIND = f"SELECT {_COLUMNS} FROM signing_keys WHERE kid = :kid"
_FIND_BY_STATUS = f"SELECT {_COLUMNS} FROM signing_keys WHERE status = :status"
_FIND_SEALED = "SELECT kid, algorithm, sealed, status FROM signing_keys WHERE kid = :kid"
_FIND_ACTIVE = "SELECT kid, algorithm, sealed, status FROM signing_keys WHERE status = 'active'"
_NEWEST_FIRST = Order(None, "kid", is_descending=True)
# What a key has signed with is of no more use to anybody, and so is not kept.
_REVOKED = "status = 'revoked', sealed = x'', retired_at = coalesce(retired_at, :at)"


class SealedKey(NamedTuple):
    """What the use of a key asks for, and no more: each request does."""

    kid: str
    algorithm: str
    sealed: bytes


def find(view: View, kid: str) -> SigningKey | None:
    row = view.one(_FIND, {"kid": kid})
    return _from_row(row) if row else None


def find_verifying(view: View, kid: str) -> SealedKey | None:
    """Return what verifies; None where there is no such key, or it is revoked."""
    row = view.one(_FIND_SEALED, {"kid": kid})
    return _sealed_from_row(row) if row else None


def find_signing(view: View) -> SealedKey | None:
    """Return what signs, which is the active key."""
    row = view.one(_FIND_ACTIVE)
    return _sealed_from_row(row) if row else None


def find_by_status(view: View, status: KeyStatus) -> SigningKey | None:
    """Return the only key of a status that one key alone can have: active, or next."""
    row = view.one(_FIND_BY_STATUS, {"status": status})
    return _from_row(row) if row else None


def list_all(view: View) -> list[SigningKey]:
    """Return every key, oldest first."""
    return [
        _from_row(row) for row in view.rows(f"SELECT {_COLUMNS} FROM signing_keys ORDER BY kid")
    ]


def list_page(view: View, limit: int, after: Position | None) -> Page[SigningKey]:
    """Return the next *limit* keys, newest first."""
    condition, parameters = _NEWEST_FIRST.behind(after)
    rows = view.rows(
        f"SELECT {_COLUMNS}, NULL FROM signing_keys WHERE {condition}"
        f" ORDER BY {_NEWEST_FIRST.clause} LIMIT :limit",
        {**parameters, "limit": limit + 1},
    )
    return page_of(rows, limit, _from_row)


def add(transaction: Transaction, key: SigningKey) -> None:
    transaction.run(
        f"INSERT INTO signing_keys ({_COLUMNS})"
        " VALUES (:kid, :algorithm, :status, :sealed, :public, :created_at, :retired_at)",
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "status": key.status,
            "sealed": key.sealed,
            "public": json.dumps(key.public) if key.public else None,
            "created_at": key.created_at,
            "retired_at": key.retired_at,
        },
    )


def retire_active(transaction: Transaction, at: int) -> None:
    """Let the active key verify only."""
    transaction.run(
        "UPDATE signing_keys SET status = 'retired', retired_at = :at WHERE status = 'active'",
        {"at": at},
    )


def activate_next(transaction: Transaction) -> None:
    """Let the next key sign; none may be active."""
    transaction.run("UPDATE signing_keys SET status = 'active' WHERE status = 'next'")


def revoke(transaction: Transaction, kid: str, at: int) -> None:
    """Let a key do nothing any more, and forget its private half."""
    transaction.run(f"UPDATE signing_keys SET {_REVOKED} WHERE kid = :kid", {"kid": kid, "at": at})


def revoke_all(transaction: Transaction, at: int) -> None:
    """Let no key do anything any more, and forget their private halves."""
    transaction.run(f"UPDATE signing_keys SET {_REVOKED}", {"at": at})


@reading("signing key")
def _from_row(row: Row) -> SigningKey:
    return SigningKey(
        row[0],
        row[1],
        KeyStatus(row[2]),
        row[3],
        json.loads(row[4]) if row[4] else None,
        row[5],
        row[6],
    )


@reading("signing key")
def _sealed_from_row(row: Row) -> SealedKey | None:
    return None if KeyStatus(row[3]) is KeyStatus.REVOKED else SealedKey(*row[:3])
