"""Logging in, and what an access token proves.

A login has three parts, because hashing is slow and must not hold the store: look the user up,
check the password, and conclude in one transaction that compares the user's revocation counter
with the one seen at the beginning. A validation has two: judge in a read snapshot, and write only
where a deadline has to move or has struck.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

from protekt_cli.core import policy
from protekt_cli.core.access_token import Claims, Refused, verify
from protekt_cli.engine import devices, events, keys, revocation, sessions, users
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, Reason, StoreUnavailable
from protekt_cli.models import Caller, Grant, Session, User, UserStatus, Validation
from protekt_cli.store import meta
from protekt_cli.store import sessions as session_table
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
    password_hash = users.open_password(engine, user) if user else None
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
        sealed = users.seal_password(engine, user.id, rehashed)
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


@dataclass(frozen=True, slots=True)
class Look:
    """What a read snapshot says of an access token, and what is left to write."""

    validation: Validation
    claims: Claims | None = None
    #: A deadline has struck and no end is on record: it is committed before the answer.
    end_due: bool = False
    #: The idle deadline has to move.
    use_due: bool = False

    @property
    def is_due(self) -> bool:
        return self.end_due or self.use_due


def look(engine: Engine, view: View, token: str) -> Look:
    """Judge an access token without using its session: nothing is written."""
    try:
        claims = verify(token, lambda kid: keys.find_verifying(engine, view, kid), engine.place)
    except Refused as refused:
        return Look(Validation(refused.reason))
    found = session_table.find_with_user(view, claims.session_id)
    return _judge(engine, claims, found, view.now.seconds)


def use(
    engine: Engine, transaction: Transaction, claims: Claims, *, ignore_expiry: bool = False
) -> Validation:
    """Judge verified claims again and write what a use of the session has to write.

    Args:
        ignore_expiry: Whether a token whose only fault is its age will do, as for logging out.
    """
    found = session_table.find_with_user(transaction, claims.session_id)
    judged = _judge(engine, claims, found, transaction.now.seconds, ignore_expiry)
    if found is None:
        return judged.validation
    if judged.end_due:
        revocation.expire(engine, transaction, found[0])
    if judged.use_due:
        moved = sessions.used(found[0], transaction.now.seconds, engine.lifetimes)
        session_table.set_active(transaction, moved)
        return replace(judged.validation, session=moved)
    return judged.validation


def validate(engine: Engine, token: str) -> Validation:
    """Judge an access token and count it as a use of its session.

    Raises:
        StoreUnavailable: The store is too busy to record an end that was found.
    """
    seen = engine.read(lambda view: look(engine, view, token))
    claims = seen.claims
    if claims is None or not seen.is_due:
        return seen.validation
    try:
        return engine.submit(lambda transaction: use(engine, transaction, claims))
    except StoreUnavailable:
        if seen.end_due:
            raise
        return seen.validation  # the next use moves the deadline


def _judge(
    engine: Engine,
    claims: Claims,
    found: tuple[Session, User] | None,
    now: int,
    ignore_expiry: bool = False,
) -> Look:
    session = found[0] if found else None
    end_due = session is not None and policy.struck(session, now) is not None
    not_before = max(claims.not_before, claims.issued_at)
    reason = policy.judge_times(not_before, claims.expires_at, now, engine.lifetimes.leeway)
    if ignore_expiry and reason is Reason.TOKEN_EXPIRED:
        reason = None
    if reason is None and (session is None or session.user_id != claims.user_id):
        reason = Reason.UNKNOWN_SESSION
    if reason is not None or found is None:
        return Look(Validation(reason), claims, end_due)
    refused = policy.refusal(found[0], now)
    if refused is not None:
        return Look(Validation(*refused), claims, end_due)
    expires_in = max(0, claims.expires_at - now)
    valid = Validation(None, session=found[0], user=found[1], expires_in=expires_in)
    use_due = sessions.used(found[0], now, engine.lifetimes) is not found[0]
    return Look(valid, claims, use_due=use_due)


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
    data = {} if user else {"emailDigest": engine.vault.email_digest(attempt.email_key)}
    events.append(
        engine,
        transaction,
        "login:failure",
        actor=events.SYSTEM,
        user_id=user.id if user else None,
        ip=caller.ip,
        data=data,
    )
