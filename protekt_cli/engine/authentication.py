"""Logging in by password.

A login has three parts, because hashing is slow and must not hold the store: look the user up,
check the password, and conclude in one transaction that compares the user's revocation counter
with the one seen at the beginning.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

from protekt_cli.engine import devices, events, sessions, users
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials
from protekt_cli.models import Caller, Grant, User, UserStatus
from protekt_cli.store import meta
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login under way: for whom it is, and what its password has to match."""

    email_key: str
    user: User | None
    password_hash: str | None = field(repr=False)
    #: How often all sessions of everybody had been ended by then.
    revocations: int


def begin(engine: Engine, view: View, email: str) -> Attempt:
    """Look up whom a login is for; nobody is an answer too, and takes as long to refuse."""
    key = users.email_key(unicodedata.normalize("NFC", email.strip()))
    user = user_table.find_by_email(view, key)
    password_hash = users.open_password(engine, view, user) if user else None
    return Attempt(key, user, password_hash, meta.count_revocations(view))


def check(engine: Engine, attempt: Attempt, password: str) -> tuple[bool, str | None]:
    """Return whether the password is the right one, and its new hash where one is due.

    Takes tens of milliseconds of one core. A hash that was made with other parameters than
    today's is made anew while the password is at hand.
    """
    passwords, stored = engine.passwords, attempt.password_hash
    if passwords.is_too_long(password) or not passwords.verify(stored, password):
        return False, None
    due = stored is not None and passwords.needs_rehash(stored)
    return True, passwords.hash(password) if due else None


def conclude(
    engine: Engine,
    transaction: Transaction,
    attempt: Attempt,
    caller: Caller,
    *,
    matched: bool,
    rehashed: str | None = None,
    device_name: str | None = None,
    device_kind: str | None = None,
) -> Grant | InvalidCredentials:
    """Create the session of a login whose password matched, or record that it was refused."""
    user = user_table.find(transaction, attempt.user.id) if attempt.user else None
    if not matched or user is None or not _may_still(transaction, attempt, user):
        _record_failure(engine, transaction, attempt, caller)
        return InvalidCredentials()
    now = transaction.now.seconds
    user_table.set_last_login(transaction, user.id, now)
    user = replace(user, last_login_at=now)
    if rehashed is not None:
        sealed = users.seal_password(engine, transaction, user.id, rehashed)
        user_table.set_sealed_password(transaction, user.id, sealed)
    device = devices.choose(
        engine, transaction, user, caller, name=device_name, kind=device_kind, actor=user.id
    )
    events.append(
        engine,
        transaction,
        "login:success",
        actor=user.id,
        user_id=user.id,
        device_id=device.id,
        ip=caller.ip,
    )
    return sessions.start(engine, transaction, user, device, caller, amr="pwd", actor=user.id)


def login(
    engine: Engine,
    email: str,
    password: str,
    caller: Caller,
    *,
    device_name: str | None = None,
    device_kind: str | None = None,
) -> Grant:
    """Log in, all three parts in a row.

    Raises:
        InvalidCredentials: The refusal is on record by then.
    """
    attempt = engine.read(lambda view: begin(engine, view, email))
    matched, rehashed = check(engine, attempt, password)
    return engine.submit(
        lambda transaction: conclude(
            engine,
            transaction,
            attempt,
            caller,
            matched=matched,
            rehashed=rehashed,
            device_name=device_name,
            device_kind=device_kind,
        )
    )


def _may_still(view: View, attempt: Attempt, user: User) -> bool:
    """Whether nothing ended all sessions of the user since the password was looked up.

    A new password moves the counter too. The stored hash is not compared: another login may have
    made it anew, of the same password.
    """
    return (
        attempt.user is not None
        and user.status is UserStatus.ACTIVE
        and user.revocations == attempt.user.revocations
        and meta.count_revocations(view) == attempt.revocations
    )


def _record_failure(
    engine: Engine, transaction: Transaction, attempt: Attempt, caller: Caller
) -> None:
    """Name the user, or for an unknown e-mail its keyed digest; never the e-mail itself."""
    user = attempt.user
    data = {}
    if user is None:
        vault = engine.vault_at(transaction)
        data = {"emailDigest": vault.email_digest(attempt.email_key)}
    events.append(
        engine,
        transaction,
        "login:failure",
        actor=events.SYSTEM,
        user_id=user.id if user else None,
        ip=caller.ip,
        data=data,
    )
