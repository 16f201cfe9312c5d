"""Changing one's own password: everything ends, and one new session begins in its place.

Like a login it has three parts, because hashing must not hold the store: judge the token and count
the try, check the current password and hash the new one, and conclude. A wrong current password
counts by session, for whoever holds a stolen one guesses from there; a try whose current password
was not found wrong is withdrawn where it comes to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from protekt_cli.core.access_token import Claims
from protekt_cli.engine import (
    authentication,
    sessions,
    strength,
    throttle,
    user_changes,
    users,
    validation,
)
from protekt_cli.engine.authentication import Attempt
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.throttle import Guess
from protekt_cli.errors import (
    InvalidCredentials,
    InvalidRequest,
    InvalidToken,
    Overloaded,
    RateLimited,
)
from protekt_cli.models import Caller, Grant
from protekt_cli.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Checked:
    """What the slow part found out."""

    #: Whether the current password was given rightly.
    matched: bool
    #: Of the new password; None where the current one was wrong.
    password_hash: str | None = field(default=None, repr=False)
    #: Why the new password, which is accepted, is easily guessed.
    warning: str | None = None


def begin(
    engine: Engine, transaction: Transaction, claims: Claims, caller: Caller
) -> Attempt | InvalidToken | RateLimited:
    """Judge an access token, as a use of its session, and count the try to come."""
    judged = validation.use(engine, transaction, claims, caller)
    user = judged.user
    if judged.session is None or user is None:
        return validation.refusal(judged)
    digest = engine.vault_at(transaction).email_digest(users.email_key(user.email))
    guess = Guess(digest, caller.ip, judged.session)
    return authentication.begin_guess(engine, transaction, guess, lambda: user)


def check(engine: Engine, attempt: Attempt, current: str, new: str) -> Checked:
    """Check the current password, and where it is right the new one, and hash that.

    Takes tens of milliseconds of one core, and must not be called inside a transaction.

    Raises:
        InvalidRequest: The new password may not be one; the try is to be withdrawn.
        Overloaded: There is no memory to hash in; the try is to be withdrawn.
    """
    matched, _ = authentication.check(engine, attempt, current)
    user = attempt.user
    if not matched or user is None:
        return Checked(matched=False)
    warning = engine.passwords.check_new(new, strength.known_words(user.email, user.name))
    return Checked(matched=True, password_hash=engine.passwords.hash(new), warning=warning)


def conclude(
    engine: Engine,
    transaction: Transaction,
    claims: Claims,
    attempt: Attempt,
    caller: Caller,
    checked: Checked,
) -> Grant | InvalidToken | InvalidCredentials:
    """Set the new password and begin a new session on the same device, or record the refusal."""
    # Not by the caller once more: that was judged, and its mismatch recorded, at the beginning.
    judged = validation.use(engine, transaction, claims)
    if judged.session is None or judged.user is None:
        if checked.matched:
            authentication.withdraw(transaction, attempt)
        return validation.refusal(judged)
    if checked.password_hash is None:
        attempt.guess.record(engine, transaction, "login:failure")
        return InvalidCredentials()
    throttle.take_back(transaction, attempt.counted)
    old, user = judged.session, judged.user
    user_changes.replace_password(engine, transaction, user, checked.password_hash, actor=user.id)
    return sessions.start_again(engine, transaction, user, old, caller)


def change(
    engine: Engine, claims: Claims, caller: Caller, *, current: str, new: str
) -> tuple[Grant, str | None]:
    """Change the password of a token's user, all three parts in a row.

    Returns:
        The new session, and why the new password is easily guessed, if it is.

    Raises:
        InvalidToken: The token is refused.
        InvalidCredentials: The current password is wrong, which is on record by then.
        InvalidRequest: The new password may not be one.
        RateLimited: Too many current passwords were wrong; this one was not looked at.
        Overloaded: It could not be checked, and does not count.
    """
    attempt = engine.submit(lambda transaction: begin(engine, transaction, claims, caller))
    try:
        checked = check(engine, attempt, current, new)
    except (InvalidRequest, Overloaded):
        engine.submit(lambda transaction: authentication.withdraw(transaction, attempt))
        raise
    grant = engine.submit(
        lambda transaction: conclude(engine, transaction, claims, attempt, caller, checked)
    )
    return grant, checked.warning
