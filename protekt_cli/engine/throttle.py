"""How many passwords may be tried: each try counts before it is judged, and may be taken back.

A try is counted in the transaction that admits it, so that any number of tries at once are as
many as are allowed, and those of other processes count too. It is taken back where it was no
guess: the password was right, or nobody looked at it. What is counted names nobody: an e-mail
stands as its keyed digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from protekt_cli.core.networks import GUESSING, network_of
from protekt_cli.durations import format_duration
from protekt_cli.engine import events
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import RateLimited
from protekt_cli.models import Session, User
from protekt_cli.store import throttle as table
from protekt_cli.store.database import Transaction
from protekt_cli.store.throttle import Window

#: How many times as often as from one network an e-mail may be tried from everywhere.
_EVERYWHERE = 10
#: Stands for the network of whoever has no address.
_NOWHERE = "-"
#: Windows that are forgotten in one transaction.
_STEP = 1000


class Kind(StrEnum):
    """What tries are counted by."""

    #: One e-mail, from one network.
    NETWORK = "network"
    #: One e-mail, from anywhere.
    EMAIL = "email"
    #: One address, whatever the e-mail.
    ADDRESS = "address"
    #: One session, whose user's current password is asked for.
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Guess:
    """Whose password is tried, and from where: what an event about it names."""

    email_digest: str
    ip: str | None
    #: The session that is asked for its user's current password; None for a login.
    session: Session | None = None
    #: None for an e-mail that nobody has, and before it was looked up.
    user: User | None = None

    def record(self, engine: Engine, transaction: Transaction, type_: str, **data: str) -> None:
        """Write an event: it names the user, or for an unknown e-mail its digest, never more."""
        if self.user is None:
            data["emailDigest"] = self.email_digest
        events.append(
            engine,
            transaction,
            type_,
            actor=events.SYSTEM,
            user_id=self.user.id if self.user else None,
            session_id=self.session.id if self.session else None,
            device_id=self.session.device_id if self.session else None,
            ip=self.ip,
            data=data,
        )


@dataclass(frozen=True, slots=True)
class Counter:
    """One of the counts that a try goes into, and how many it may hold."""

    kind: Kind
    subject: bytes
    limit: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A try that was counted, and in which window."""

    counter: Counter
    began_at: int


def count(
    engine: Engine, transaction: Transaction, guess: Guess, find_user: Callable[[], User | None]
) -> tuple[Counted, ...] | RateLimited:
    """Count a try before its password is looked at, or refuse it where too many failed.

    Args:
        find_user: Looks up whom the guess is for, where a refusal is to be recorded. It is not
            asked for the others, of which there can be any number: they must take the same time
            whether or not there is somebody.
    """
    now, length = transaction.now.seconds, engine.settings.throttle.window
    windows = [
        (each, current(table.find(transaction, each.kind, each.subject), now, length))
        for each in _counters(engine, guess)
    ]
    full = [(counter, window) for counter, window in windows if window.attempts >= counter.limit]
    if full:
        counter, window = full[0]
        if not window.reported:
            found = replace(guess, user=find_user())
            _report(engine, transaction, found, counter, window)
        wait = max(window.began_at for _, window in full) + length - now
        return RateLimited(wait, hint=f"try again in {format_duration(wait)}")
    for counter, window in windows:
        more = replace(window, attempts=window.attempts + 1)
        table.put(transaction, counter.kind, counter.subject, more)
    return tuple(Counted(counter, window.began_at) for counter, window in windows)


def current(window: Window | None, now: int, length: int) -> Window:
    """Return the window that a try at *now* falls into: a new one where the last is over.

    So is one that began in the future, by a clock that was set back.
    """
    if window is None or not 0 <= now - window.began_at < length:
        return Window(now)
    return window


def take_back(transaction: Transaction, counted: tuple[Counted, ...]) -> None:
    """Let a try not have been: a window that holds no other never began."""
    for each in counted:
        kind, subject = each.counter.kind, each.counter.subject
        window = table.find(transaction, kind, subject)
        if window is None or window.began_at != each.began_at:
            continue  # forgotten meanwhile, and perhaps begun anew
        if window.attempts > 1:
            fewer = replace(window, attempts=window.attempts - 1)
            table.put(transaction, kind, subject, fewer)
        else:
            table.remove(transaction, kind, subject)


def forgive(transaction: Transaction, email_digest: str) -> None:
    """Forget what failed for one e-mail, wherever it came from."""
    digest = email_digest.encode()
    table.remove(transaction, Kind.EMAIL, digest)
    table.remove_beginning_with(transaction, Kind.NETWORK, digest + b" ")


def prune_step(engine: Engine, transaction: Transaction) -> int:
    """Forget the next windows that are over; none were left where it is zero."""
    return table.remove_over(
        transaction, transaction.now.seconds, engine.settings.throttle.window, _STEP
    )


def _counters(engine: Engine, guess: Guess) -> tuple[Counter, ...]:
    limits = engine.settings.throttle
    attempts = limits.account_attempts
    if guess.session is not None:
        return (Counter(Kind.SESSION, guess.session.id.encode(), attempts),)
    network = network_of(guess.ip, GUESSING) if guess.ip else None
    whence = f"{guess.email_digest} {network or _NOWHERE}"
    counters = (
        Counter(Kind.NETWORK, whence.encode(), attempts),
        Counter(Kind.EMAIL, guess.email_digest.encode(), attempts * _EVERYWHERE),
    )
    if guess.ip is None or network is None:
        return counters
    return (*counters, Counter(Kind.ADDRESS, guess.ip.encode(), limits.ip_attempts))


def _report(
    engine: Engine, transaction: Transaction, guess: Guess, counter: Counter, window: Window
) -> None:
    """Write that a try was refused, which is done once in each window."""
    guess.record(engine, transaction, "login:throttled", kind=counter.kind)
    reported = replace(window, reported=True)
    table.put(transaction, counter.kind, counter.subject, reported)
