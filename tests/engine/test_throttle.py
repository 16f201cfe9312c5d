"""Guessing passwords: how many tries are heard, of whom and from where."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.engine import authentication
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.throttle import current
from protekt_cli.errors import RateLimited
from protekt_cli.models import Caller, Grant
from protekt_cli.store.throttle import Window
from tests.engine.guessing import ABROAD, HOME, MOST, NOBODY, WINDOW, WRONG, fail, guess

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person


@pytest.mark.parametrize("email", ["alice@example.com", NOBODY])
def test_after_ten_failures_no_password_is_looked_at(
    engine: Engine, alice: Person, email: str
) -> None:
    """Nor the right one; an e-mail that nobody has is refused alike."""
    fail(engine, email)

    with pytest.raises(RateLimited) as caught:
        authentication.login(engine, email, alice.password, Caller(ip=HOME))

    assert caught.value.retry_after == WINDOW
    assert (caught.value.code, caught.value.status, caught.value.exit_code) == (
        "rate_limited",
        429,
        4,
    )
    assert caught.value.hint == "try again in 15m"


@pytest.mark.parametrize("spelling", ["ALICE@Example.com", "  alice@example.com\n"])
def test_the_spellings_of_an_email_count_as_one(
    engine: Engine, alice: Person, spelling: str
) -> None:
    """As they log in as one."""
    fail(engine, spelling)

    assert guess(engine, alice.email) == WINDOW


def test_a_window_begins_with_its_first_failure(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Neither a later failure nor a refused try lengthens it, and then all is forgotten."""
    fail(engine, alice.email, times=1)
    clock.advance(600)
    fail(engine, alice.email, times=MOST - 1)

    waits = []
    for _ in range(3):
        waits.append(guess(engine, alice.email))
        clock.advance(100)

    assert waits == [300, 200, 100]
    fail(engine, alice.email)
    assert guess(engine, alice.email) == WINDOW


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", None, False),
        (None, None, True),
        ("no address", None, True),
    ],
)
def test_an_email_is_counted_by_the_network_it_is_tried_from(
    engine: Engine, alice: Person, one: str | None, other: str | None, together: bool
) -> None:
    """A /24 or a /64; whoever has no address is of one network too."""
    fail(engine, alice.email, one)

    answer = guess(engine, alice.email, other)

    assert answer == (WINDOW if together else None)


def test_an_email_may_be_tried_ten_times_as_often_from_anywhere(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Guesses from many networks stop too; nobody else's e-mail is concerned."""
    for number in range(10):
        fail(engine, alice.email, f"10.0.{number}.1")
        clock.advance(1)

    assert guess(engine, alice.email, ABROAD, password=alice.password) == WINDOW - 10
    assert guess(engine, NOBODY, ABROAD) is None


def test_an_address_may_try_a_hundred_times(engine: Engine, alice: Person) -> None:
    """Whatever the e-mail; its neighbours go on."""
    for number in range(100):
        fail(engine, f"{number}@example.com", times=1)

    assert guess(engine, alice.email, password=alice.password) == WINDOW
    assert isinstance(guess(engine, alice.email, "192.0.2.2", password=alice.password), Grant)


def test_no_address_is_none_that_tries_too_often(install: Install, alice: Person) -> None:
    """An app's backend that does not say where its users come from is not shut out."""
    engine = install({"throttle.ip_attempts": 1})

    fail(engine, NOBODY, None)

    assert isinstance(guess(engine, alice.email, None, password=alice.password), Grant)


def test_the_longest_wait_is_told(install: Install, alice: Person, clock: HandClock) -> None:
    """Where two counts are full the next try is heard when both are forgotten."""
    engine = install({"throttle.account_attempts": 1, "throttle.ip_attempts": 2})
    fail(engine, NOBODY, times=1)
    clock.advance(60)
    fail(engine, alice.email, times=1)
    clock.advance(60)

    assert guess(engine, alice.email) == WINDOW - 60
    clock.advance(WINDOW - 120)
    assert guess(engine, alice.email) == 60


def test_a_clock_that_was_set_back_keeps_nobody_out(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """A window that is yet to begin is none."""
    fail(engine, alice.email)
    clock.advance(-1)

    assert guess(engine, alice.email) is None
    fail(engine, alice.email, times=MOST - 1)
    assert guess(engine, alice.email) == WINDOW


@pytest.mark.parametrize("email", ["alice@example.com", NOBODY])
def test_fifty_guesses_at_once_are_ten(install: Install, alice: Person, email: str) -> None:
    """In processes and threads of any number: each is counted before its hash."""

    def try_five(_: int) -> list[object]:
        engine = alice.engine.reopen()
        try:
            return [guess(engine, email) for _ in range(5)]
        finally:
            engine.close()

    with ThreadPoolExecutor(10) as threads:
        answers = [answer for five in threads.map(try_five, range(10)) for answer in five]

    assert answers.count(None) == MOST
    assert answers.count(WINDOW) == 40


@given(
    began_at=st.integers(-10, 10),
    attempts=st.integers(1, 5),
    now=st.integers(-10, 10),
    length=st.integers(1, 5),
)
def test_a_window_holds_the_tries_of_its_length(
    began_at: int, attempts: int, now: int, length: int
) -> None:
    """From the second it began in to the one before its end; any other time begins a new one."""
    window = Window(began_at, attempts, reported=True)

    found = current(window, now, length)

    is_within = now in range(began_at, began_at + length)
    assert found == (window if is_within else Window(now, 0, reported=False))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=10, max_size=40))
def test_as_many_are_heard_as_may_be(
    engine: Engine, alice: Person, clock: HandClock, tries: list[tuple[int, bool]]
) -> None:
    """Of any tries at any times: ten since the first failure, or since the last grant."""
    clock.advance(WINDOW)
    heard: list[int] = []
    for later, is_right in tries:
        clock.advance(later)
        now = clock.now().seconds
        heard = heard if heard and now - heard[0] < WINDOW else []

        answer = guess(engine, alice.email, password=alice.password if is_right else WRONG)

        if len(heard) == MOST:
            assert answer == heard[0] + WINDOW - now
        elif is_right:
            assert isinstance(answer, Grant)
            heard = []
        else:
            assert answer is None
            heard.append(now)
