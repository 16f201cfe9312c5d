"""What counts as a failed try, what is taken back, and what makes it forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, retention, user_changes
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, Overloaded
from protekt_cli.models import Caller, Grant
from tests.engine.guessing import ABROAD, HOME, MOST, NOBODY, WINDOW, WRONG, counts, fail, guess

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Install, Person


def test_a_granted_login_clears_its_email(engine: Engine, alice: Person) -> None:
    """From wherever it was tried; what failed for others from that address is still counted."""
    fail(engine, alice.email, times=MOST - 1)
    fail(engine, alice.email, ABROAD, times=MOST - 1)
    fail(engine, NOBODY, times=1)

    assert isinstance(guess(engine, alice.email, password=alice.password), Grant)

    assert counts(engine) == {"network": 1, "email": 1, "address": 2 * MOST - 1}
    fail(engine, alice.email, ABROAD)


def test_a_granted_login_leaves_nothing(engine: Engine, alice: Person) -> None:
    """It was counted before its hash, and is no failure."""
    for _ in range(3 * MOST):
        assert isinstance(guess(engine, alice.email, password=alice.password), Grant)

    assert counts(engine) == {}


def test_a_login_refused_for_what_happened_meanwhile_counts(
    engine: Engine, alice: Person, revoke: Callable[..., object]
) -> None:
    """Every refused login does."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller(ip=HOME)))
    revoke(user_id=alice.id)

    with pytest.raises(InvalidCredentials):
        engine.submit(lambda t: authentication.conclude(engine, t, attempt, Caller(), matched=True))

    assert counts(engine) == {"network": 1, "email": 1, "address": 1}


def test_a_new_password_clears_the_email(engine: Engine, alice: Person) -> None:
    """One that an administrator sets: what failed was for the old one."""
    fail(engine, alice.email)
    password_hash = engine.passwords.hash(WRONG)

    engine.submit(
        lambda t: user_changes.set_password(engine, t, alice.user, password_hash, actor="cli")
    )

    assert counts(engine) == {"address": MOST}
    assert isinstance(guess(engine, alice.email), Grant)


def test_a_new_user_begins_with_no_failures(engine: Engine, add_user: AddUser) -> None:
    """Though somebody was impatient; the first password is a new one too."""
    fail(engine, NOBODY)

    person = add_user(engine, NOBODY, "wonderland is real")

    assert isinstance(guess(engine, NOBODY, password=person.password), Grant)


def test_an_over_long_password_counts(engine: Engine, alice: Person) -> None:
    """It is refused unhashed, and refused all the same."""
    for _ in range(MOST):
        assert guess(engine, alice.email, password="x" * 1025) is None

    assert guess(engine, alice.email) == WINDOW


def test_a_password_that_could_not_be_hashed_does_not_count(
    engine: Engine, install: Install, alice: Person
) -> None:
    """Whoever is told to come again was not refused."""
    weak = install({"passwords.argon2_memory_kib": 2**32 - 1})

    for _ in range(MOST + 1):
        with pytest.raises(Overloaded):
            guess(weak, NOBODY)

    assert counts(engine) == {}
    assert isinstance(guess(engine, alice.email, password=alice.password), Grant)


def test_a_try_is_not_taken_back_from_another_window(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """What was counted there was somebody else's."""
    slow = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller(ip=HOME)))
    clock.advance(WINDOW)
    fail(engine, alice.email, times=2)

    engine.submit(lambda t: authentication.withdraw(t, slow))

    assert counts(engine) == {"network": 2, "email": 2, "address": 2}


def test_a_window_that_holds_nothing_never_began(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """The next failure begins one."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller(ip=HOME)))
    engine.submit(lambda t: authentication.withdraw(t, attempt))
    clock.advance(600)

    fail(engine, alice.email)

    assert guess(engine, alice.email) == WINDOW


def test_nothing_is_forgotten_by_opening_anew(
    engine: Engine, install: Install, alice: Person
) -> None:
    """A restart, and a process beside it, know what has failed."""
    fail(engine, alice.email, times=MOST - 1)
    other = install()

    fail(other, alice.email, times=1)

    assert guess(install(), alice.email) == WINDOW
    assert guess(engine, alice.email) == WINDOW


def test_what_is_over_is_forgotten_daily(engine: Engine, alice: Person, clock: HandClock) -> None:
    """And what is yet to begin, by a clock that was set back; what still counts is kept."""
    fail(engine, alice.email, times=3)
    clock.advance(WINDOW + 1)
    fail(engine, "other@example.com", "203.0.113.1", times=3)
    clock.advance(-1)
    fail(engine, NOBODY, ABROAD, times=1)

    while engine.submit(lambda transaction: retention.prune_step(engine, transaction)):
        pass

    assert counts(engine) == {"network": 1, "email": 1, "address": 1}
