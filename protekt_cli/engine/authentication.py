"""Logging in by password.

A login has three parts, because hashing is slow and must not hold the store: look the user up and
count the try, check the password, and conclude in one transaction that compares the user's
revocation counter with the one seen at the beginning. A try whose password was not checked after
all is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from protekt_cli.engine import devices, events, sessions, throttle, users
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.passwords import Verdict
from protekt_cli.engine.throttle import Counted, Guess
from protekt_cli.errors import InvalidCredentials, Overloaded, RateLimited
from protekt_cli.models import Caller, Grant, User, UserStatus
from protekt_cli.store import meta
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password under way: whose it is to be, what it has to match, and where it was counted."""

    guess: Guess
    password_hash: str | None = field(repr=False)
    #: How often all sessions of everybody had been ended by then.
    revocations: int
    counted: tuple[Counted, ...]

    @property
    def user(self) -> User | None:
        """Who it is for; None for an e-mail that nobody has."""
        return self.guess.user


def begin(
    engine: Engine, transaction: Transaction, email: str, caller: Caller
) -> Attempt | RateLimited:
    """Look up whom a login is for, and count it before its password is looked at.

    Nobody is an answer too: it is counted alike, and takes as long to refuse.
    """
    key = users.key_of(email)
    digest = engine.vault_at(transaction).email_digest(key)
    return begin_guess(
        engine,
        transaction,
        Guess(digest, caller.ip),
        lambda: user_table.find_by_email(transaction, key),
    )


def begin_guess(
    engine: Engine, transaction: Transaction, guess: Guess, find_user: Callable[[], User | None]
) -> Attempt | RateLimited:
    """Count a guess, and return it with whom it is for and what it has to match."""
    counted = throttle.count(engine, transaction, guess, find_user)
    if isinstance(counted, RateLimited):
        return counted
    user = find_user()
    password_hash = users.open_password(engine, transaction, user) if user else None
    revocations = meta.count_revocations(transaction)
    return Attempt(replace(guess, user=user), password_hash, revocations, counted)


def withdraw(transaction: Transaction, attempt: Attempt) -> None:
    """Take a try back whose password was never checked."""
    throttle.take_back(transaction, attempt.counted)


def check(engine: Engine, attempt: Attempt, password: str) -> tuple[bool, str | None]:
    """Return whether the password is the right one, and its new hash where one is due.

    Takes tens of milliseconds of one core. A hash that was made elsewhere, or with other
    parameters than today's, is made anew while the password is at hand; not of a user who is
    refused in any case, for that would take longer.
    """
    passwords = engine.passwords
    if passwords.is_too_long(password):
        return False, None
    verdict = passwords.verify(attempt.password_hash, password)
    user = attempt.user
    is_due = verdict is Verdict.DUE and user is not None and user.status is UserStatus.ACTIVE
    return verdict is not Verdict.WRONG, passwords.hash(password) if is_due else None


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
    client_id: str | None = None,
    sliding: bool = False,
) -> Grant | InvalidCredentials:
    """Create the session of a login whose password matched, or record that it was refused.

    Args:
        client_id: The API key that asked for it, if any.
        sliding: Whether each rotation shall move the session's refresh deadline.
    """
    user = user_table.find(transaction, attempt.user.id) if attempt.user else None
    if not matched or user is None or not _may_still(transaction, attempt, user):
        attempt.guess.record(engine, transaction, "login:failure")
        return InvalidCredentials()
    throttle.take_back(transaction, attempt.counted)
    throttle.forgive(transaction, attempt.guess.email_digest)
    user = _note_login(engine, transaction, user, rehashed)
    device = devices.choose(
        engine, transaction, user, caller, name=device_name, kind=device_kind, actor=user.id
    )
    grant = sessions.start(
        engine,
        transaction,
        user,
        device,
        caller,
        amr="pwd",
        actor=user.id,
        sliding=sliding,
        client_id=client_id,
    )
    events.append_of_session(
        engine, transaction, "login:success", grant.session, actor=user.id, ip=caller.ip
    )
    return grant


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
        RateLimited: Too many were refused; the password was not looked at.
        Overloaded: It could not be checked, and does not count.
    """
    attempt = engine.submit(lambda transaction: begin(engine, transaction, email, caller))
    try:
        matched, rehashed = check(engine, attempt, password)
    except Overloaded:
        engine.submit(lambda transaction: withdraw(transaction, attempt))
        raise
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


def _note_login(engine: Engine, transaction: Transaction, user: User, rehashed: str | None) -> User:
    now = transaction.now.seconds
    user_table.set_last_login(transaction, user.id, now)
    if rehashed is not None:
        sealed = users.seal_password(engine, transaction, user.id, rehashed)
        user_table.set_sealed_password(transaction, user.id, sealed)
    return replace(user, last_login_at=now)


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
