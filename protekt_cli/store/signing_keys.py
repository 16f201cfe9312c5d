"""The table of signing keys, each sealed by the master key."""

from __future__ import annotations

import json

from protekt_cli.models import KeyStatus, SigningKey
from protekt_cli.store.database import Row, Transaction, View

_COLUMNS = "kid, algorithm, status, sealed, public, created_at, retired_at"
_FIND = f"SELECT {_COLUMNS} FROM signing_keys WHERE kid = :kid"
_FIND_ACTIVE = f"SELECT {_COLUMNS} FROM signing_keys WHERE status = 'active'"


def find(view: View, kid: str) -> SigningKey | None:
    row = view.one(_FIND, {"kid": kid})
    return _from_row(row) if row else None


def find_active(view: View) -> SigningKey | None:
    row = view.one(_FIND_ACTIVE)
    return _from_row(row) if row else None


def list_all(view: View) -> list[SigningKey]:
    """Return every key, oldest first."""
    return [
        _from_row(row) for row in view.rows(f"SELECT {_COLUMNS} FROM signing_keys ORDER BY kid")
    ]


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
