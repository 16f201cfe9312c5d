"""Changes of a user that end every session it has, at once and in the same transaction.

Nothing that a thief may share lives on behind a new password, a disabled or a deleted user; a
login that is under way meets the moved counter and creates no session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from protekt_cli.engine import events, revocation, users
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, EndReason
from protekt_cli.models import User, UserStatus
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction


def disable(engine: Engine, transaction: Transaction, user: User, *, actor: str) -> User:
    """Let a user log in no more, and end its sessions. Twice is no error."""
    if user.status is UserStatus.DISABLED:
        return user
    revocation.end_all_of(engine, transaction, user.id, EndReason.USER_DISABLED, actor=actor)
    return _set_status(engine, transaction, user, UserStatus.DISABLED, "user:disable", actor)


def enable(engine: Engine, transaction: Transaction, user: User, *, actor: str) -> User:
    """Let a user log in again; its old sessions stay ended."""
    if user.status is UserStatus.ACTIVE:
        return user
    return _set_status(engine, transaction, user, UserStatus.ACTIVE, "user:enable", actor)


def delete(engine: Engine, transaction: Transaction, user: User, *, actor: str) -> None:
    """Remove a user, its devices and its sessions; their events stay."""
    revocation.end_all_of(engine, transaction, user.id, EndReason.USER_DISABLED, actor=actor)
    user_table.remove(transaction, user.id)
    events.append(engine, transaction, "user:delete", actor=actor, user_id=user.id)


def apply(
    engine: Engine,
    transaction: Transaction,
    user: User,
    changes: Mapping[str, Any],
    *,
    actor: str,
) -> User:
    """Change what is given of a user, all of it or nothing; sessions end where it is disabled.

    Args:
        changes: Of `email`, `name` (None takes it away), `metadata` (whole) and `status`.

    Raises:
        Conflict: The e-mail is another user's.
        InvalidRequest: It is no e-mail.
    """
    fields = {name: changes[name] for name in ("email", "name", "metadata") if name in changes}
    if fields:
        user = _set_fields(engine, transaction, user, fields, actor)
    if "status" in changes:
        set_status = enable if changes["status"] == UserStatus.ACTIVE else disable
        user = set_status(engine, transaction, user, actor=actor)
    return user


def set_password(
    engine: Engine, transaction: Transaction, user: User, password_hash: str, *, actor: str
) -> None:
    """Give a user a new password at an administrator's word, and end its sessions.

    The tries that failed for its e-mail are forgotten: they were for the old one.
    """
    replace_password(engine, transaction, user, password_hash, actor=actor)
    users.forgive(engine, transaction, user.email)


def replace_password(
    engine: Engine, transaction: Transaction, user: User, password_hash: str, *, actor: str
) -> None:
    """Put a new password in the place of a user's, and end its sessions."""
    revocation.end_all_of(engine, transaction, user.id, EndReason.PASSWORD_CHANGED, actor=actor)
    sealed = users.seal_password(engine, transaction, user.id, password_hash)
    user_table.set_sealed_password(transaction, user.id, sealed)
    user_table.set_updated(transaction, user.id, transaction.now.seconds)
    events.append(engine, transaction, "user:password", actor=actor, user_id=user.id)


def _set_fields(
    engine: Engine, transaction: Transaction, user: User, fields: Mapping[str, Any], actor: str
) -> User:
    changed = replace(user, **fields, updated_at=transaction.now.seconds)
    if "email" in fields:
        changed = replace(changed, email=users.normalise_email(changed.email))
    key = users.email_key(changed.email)
    other = user_table.find_by_email(transaction, key)
    if other is not None and other.id != user.id:
        raise Conflict("there is a user with this e-mail already")
    user_table.update(transaction, changed, key)
    events.append(engine, transaction, "user:update", actor=actor, user_id=user.id)
    return changed


def _set_status(
    engine: Engine,
    transaction: Transaction,
    user: User,
    status: UserStatus,
    event: str,
    actor: str,
) -> User:
    changed = replace(user, status=status, updated_at=transaction.now.seconds)
    user_table.update(transaction, changed, users.email_key(user.email))
    events.append(engine, transaction, event, actor=actor, user_id=user.id)
    return changed
