"""Users that come from a file: what a row may say, and all of them in one transaction.

Every row is judged before anything is written, so that whoever brings a file hears of all its
faults at once. What is interrupted has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from protekt_cli.core import ids
from protekt_cli.engine import events, users
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.passwords import Passwords
from protekt_cli.errors import Conflict, InvalidRequest
from protekt_cli.models import User, UserStatus
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View

#: What a row may say. The last two are what a list shows too, and are no one's to set.
FIELDS = ("id", "email", "name", "status", "metadata", "createdAt", "passwordHash")
IGNORED = ("updatedAt", "lastLoginAt")

#: Rows between two words of how far it is.
_PORTION = 500


@dataclass(frozen=True, slots=True)
class NewUser:
    """A row that can be imported, if nobody has its e-mail or its id."""

    row: int
    email: str
    id: str | None
    name: str | None
    status: UserStatus
    metadata: Mapping[str, Any]
    created_at: int | None
    password_hash: str | None = field(repr=False)

    @property
    def key(self) -> str:
        return users.email_key(self.email)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row."""

    row: int
    email: str | None
    message: str


def read_row(row: int, members: Mapping[str, Any]) -> NewUser:
    """Read what a row says; a member that is null is absent.

    Raises:
        InvalidRequest: It says what no user can be; the message never repeats a hash.
    """
    unknown = members.keys() - {*FIELDS, *IGNORED}
    if unknown:
        raise InvalidRequest(f"unknown member: {min(unknown)}")
    given = {name: value for name, value in members.items() if value is not None}
    if "email" not in given:
        raise InvalidRequest("missing member: email")
    return NewUser(
        row=row,
        email=users.normalise_email(_text(given, "email")),
        id=_id(given),
        name=_text(given, "name") if "name" in given else None,
        status=_status(given),
        metadata=_metadata(given),
        created_at=_created_at(given),
        password_hash=_hash(given),
    )


def find_clashes(view: View, rows: Iterable[NewUser]) -> Iterator[Fault]:
    """Give each row whose e-mail or id somebody has: here, or in a row before."""
    seen: dict[str, int] = {}
    for user in rows:
        for name, value in (("e-mail", user.key), ("id", user.id)):
            if value is None:
                continue
            if value in seen:
                yield Fault(user.row, user.email, f"row {seen[value]} has this {name} too")
                break
            seen[value] = user.row
        else:
            if user_table.find_by_email(view, user.key):
                yield Fault(user.row, user.email, "there is a user with this e-mail already")
            elif user.id is not None and user_table.find(view, user.id):
                yield Fault(user.row, user.email, "there is a user with this id already")


def add_all(
    engine: Engine,
    transaction: Transaction,
    rows: Sequence[NewUser],
    *,
    actor: str,
    tell: Callable[[float], None],
) -> int:
    """Create the users of *rows*, and return how many.

    Args:
        tell: Called now and then with how much is done, from 0 to 1.

    Raises:
        Conflict: Somebody has taken an e-mail or an id since the rows were judged.
    """
    for number, row in enumerate(rows):
        if number % _PORTION == 0:
            tell(number / len(rows))
        taken = user_table.find_by_email(transaction, row.key)
        if taken or (row.id is not None and user_table.find(transaction, row.id)):
            raise Conflict(f"row {row.row}: somebody has taken this e-mail or id meanwhile")
        user = _new(engine, transaction, row)
        user_table.add(transaction, user, row.key)
        events.append(engine, transaction, "user:create", actor=actor, user_id=user.id)
        if row.password_hash is not None:
            users.forgive(engine, transaction, row.email)
    return len(rows)


def _new(engine: Engine, transaction: Transaction, row: NewUser) -> User:
    now = transaction.now
    user_id = row.id or ids.new_id(ids.Prefix.USER, now.milliseconds)
    sealed = None
    if row.password_hash is not None:
        sealed = users.seal_password(engine, transaction, user_id, row.password_hash)
    return User(
        id=user_id,
        email=row.email,
        name=row.name,
        status=row.status,
        metadata=row.metadata,
        created_at=now.seconds if row.created_at is None else row.created_at,
        updated_at=now.seconds,
        last_login_at=None,
        sealed_password=sealed,
        revocations=0,
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given[name]
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} is no text")
    return value


def _id(given: Mapping[str, Any]) -> str | None:
    if "id" not in given:
        return None
    value = _text(given, "id")
    if not ids.is_id(ids.Prefix.USER, value):
        raise InvalidRequest("id is no user's id: user_ and 26 characters of base32")
    return value


def _status(given: Mapping[str, Any]) -> UserStatus:
    try:
        return UserStatus(given.get("status", UserStatus.ACTIVE))
    except ValueError:
        raise InvalidRequest("status is active or disabled") from None


def _metadata(given: Mapping[str, Any]) -> Mapping[str, Any]:
    value = given.get("metadata", {})
    if not isinstance(value, dict):
        raise InvalidRequest("metadata is no JSON object")
    return value


def _created_at(given: Mapping[str, Any]) -> int | None:
    value = given.get("createdAt")
    if value is not None and (type(value) is not int or not 0 <= value < 2**40):
        raise InvalidRequest("createdAt is no number of Unix seconds")
    return value


def _hash(given: Mapping[str, Any]) -> str | None:
    if "passwordHash" not in given:
        return None
    value = _text(given, "passwordHash")
    Passwords.check_foreign(value)
    return value
