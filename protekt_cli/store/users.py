"""The table of users."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from protekt_cli.models import User, UserStatus
from protekt_cli.store.database import Row, Transaction, View
from protekt_cli.store.paging import Order, Page, Position, page_of
from protekt_cli.store.rows import reading

_COLUMNS = (
    "id, email, name, status, metadata, created_at, updated_at, last_login_at,"
    " sealed_password, revocations"
)

_NEWEST_FIRST = Order(None, "id", is_descending=True)
#: Users that are read at once.
_PORTION = 1000
# SQLite folds the case of ASCII alone: what has other characters is looked at in Python.
_MAY_HOLD = (
    "(instr(lower(email), :part) OR instr(lower(name), :part)"
    " OR email GLOB '*[^ -~]*' OR name GLOB '*[^ -~]*')"
)


def find(view: View, user_id: str) -> User | None:
    row = view.one(f"SELECT {_COLUMNS} FROM users WHERE id = :id", {"id": user_id})
    return from_row(row) if row else None


def find_by_email(view: View, email_key: str) -> User | None:
    row = view.one(f"SELECT {_COLUMNS} FROM users WHERE email_key = :key", {"key": email_key})
    return from_row(row) if row else None


def list_matching(
    view: View, *, status: UserStatus | None, search: str | None, limit: int | None
) -> list[User]:
    """Return users, newest first; *search* is part of the e-mail or the name, in any case."""
    return [from_row(row[:-1]) for row in islice(_rows(view, status, search, None), limit)]


def list_page(
    view: View,
    *,
    status: UserStatus | None,
    search: str | None,
    limit: int,
    after: Position | None,
) -> Page[User]:
    """Return a page of what `list_matching` returns."""
    rows = list(islice(_rows(view, status, search, after), limit + 1))
    return page_of(rows, limit, from_row)


def _rows(
    view: View, status: UserStatus | None, search: str | None, after: Position | None
) -> Iterator[Row]:
    """Give the rows of users, read in portions: most readers want the first ones alone."""
    part = (search or "").casefold()
    condition = "1" if status is None else "status = :status"
    while True:
        behind, position = _NEWEST_FIRST.behind(after)
        rows = view.rows(
            f"SELECT {_COLUMNS}, NULL FROM users WHERE {condition} AND {_MAY_HOLD} AND {behind}"
            f" ORDER BY {_NEWEST_FIRST.clause} LIMIT {_PORTION}",
            {"status": status, "part": part, **position},
        )
        for row in rows:
            if part in row[1].casefold() or part in (row[2] or "").casefold():
                yield row
        if len(rows) < _PORTION:
            return
        after = Position(None, rows[-1][0])


def iterate(view: View) -> Iterator[User]:
    """Give every user, oldest first, read in portions."""
    after = ""
    while True:
        rows = view.rows(
            f"SELECT {_COLUMNS} FROM users WHERE id > :after ORDER BY id LIMIT {_PORTION}",
            {"after": after},
        )
        for row in rows:
            yield from_row(row)
        if len(rows) < _PORTION:
            return
        after = rows[-1][0]


def count(view: View) -> int:
    """Return how many users there are."""
    row = view.one("SELECT count(*) FROM users")
    return int(row[0]) if row else 0


def add(transaction: Transaction, user: User, email_key: str) -> None:
    transaction.run(
        "INSERT INTO users (id, email, email_key, name, status, metadata, sealed_password,"
        " revocations, created_at, updated_at, last_login_at)"
        " VALUES (:id, :email, :email_key, :name, :status, :metadata, :sealed_password,"
        " :revocations, :created_at, :updated_at, :last_login_at)",
        {
            "id": user.id,
            "email": user.email,
            "email_key": email_key,
            "name": user.name,
            "status": user.status,
            "metadata": json.dumps(user.metadata),
            "sealed_password": user.sealed_password,
            "revocations": user.revocations,
            "created_at": user.created_at,
            "updated_at": user.updated_at,
            "last_login_at": user.last_login_at,
        },
    )


def update(transaction: Transaction, user: User, email_key: str) -> None:
    """Write what an administrator may change of a user."""
    transaction.run(
        "UPDATE users SET email = :email, email_key = :email_key, name = :name, status = :status,"
        " metadata = :metadata, updated_at = :updated_at WHERE id = :id",
        {
            "id": user.id,
            "email": user.email,
            "email_key": email_key,
            "name": user.name,
            "status": user.status,
            "metadata": json.dumps(user.metadata),
            "updated_at": user.updated_at,
        },
    )


def remove(transaction: Transaction, user_id: str) -> None:
    """Delete a user; its devices and sessions go with it."""
    transaction.run("DELETE FROM users WHERE id = :id", {"id": user_id})


def set_updated(transaction: Transaction, user_id: str, at: int) -> None:
    transaction.run("UPDATE users SET updated_at = :at WHERE id = :id", {"id": user_id, "at": at})


def set_last_login(transaction: Transaction, user_id: str, at: int) -> None:
    transaction.run(
        "UPDATE users SET last_login_at = :at WHERE id = :id", {"id": user_id, "at": at}
    )


def set_sealed_password(transaction: Transaction, user_id: str, sealed: bytes) -> None:
    """Replace the stored hash, of the same password or of a new one."""
    transaction.run(
        "UPDATE users SET sealed_password = :sealed WHERE id = :id",
        {"id": user_id, "sealed": sealed},
    )


def add_revocation(transaction: Transaction, user_id: str) -> None:
    """Move the counter that a login compares before it creates a session."""
    transaction.run(
        "UPDATE users SET revocations = revocations + 1 WHERE id = :id", {"id": user_id}
    )


@reading("user")
def from_row(row: Row) -> User:
    metadata: dict[str, Any] = json.loads(row[4]) if row[4] != "{}" else {}
    return User(row[0], row[1], row[2], UserStatus(row[3]), metadata, *row[5:])
