"""A login takes its time: what happens to the user meanwhile decides too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials
from protekt_cli.models import Caller, Event, Grant
from protekt_cli.store import sessions as session_table

if TYPE_CHECKING:
    from tests.conftest import AddUser, Install, Person

Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]


def count_sessions(engine: Engine) -> int:
    return len(engine.read(lambda view: session_table.list_matching(view, session_table.Filter())))


def begin(engine: Engine, person: Person) -> Callable[[], Grant]:
    """Begin a login with the right password, and return what concludes it."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, person.email, Caller()))
    matched, rehashed = authentication.check(engine, attempt, person.password)
    assert matched
    return lambda: engine.submit(
        lambda transaction: authentication.conclude(
            engine, transaction, attempt, Caller(), matched=matched, rehashed=rehashed
        )
    )


def test_two_logins_at_once_may_both_renew_the_hash(install: Install, add_user: AddUser) -> None:
    """The hash that the first one wrote is of the same password: the second is let in too."""
    person = add_user(install(), "alice@example.com", "wonderland is real")
    stronger = install({"passwords.argon2_time_cost": 2})
    first, second = begin(stronger, person), begin(stronger, person)

    grants = [first(), second()]

    assert [grant.user.id for grant in grants] == [person.id] * 2


@pytest.mark.parametrize("selectors", ["user", "all", "user all"])
def test_a_login_under_way_does_not_survive_a_revocation_of_all(
    engine: Engine, alice: Person, revoke: Revoke, recorded: Recorded, selectors: str
) -> None:
    """What its password proved was proved before: it is refused, and that is on record."""
    conclude = begin(engine, alice)
    everything: dict[str, object] = {"user_id": alice.id} if "user" in selectors else {}
    everything |= {"all": True} if "all" in selectors else {}

    revoke(**everything)

    with pytest.raises(InvalidCredentials):
        conclude()
    assert count_sessions(engine) == 0
    assert [event.user_id for event in recorded("login:failure")] == [alice.id]
    assert alice.login()


def test_a_login_under_way_does_not_survive_its_user(engine: Engine, alice: Person) -> None:
    """Who was disabled or deleted meanwhile is not let in."""
    disabled, deleted = begin(engine, alice), begin(engine, alice)

    engine.submit(lambda transaction: transaction.run("UPDATE users SET status = 'disabled'"))
    with pytest.raises(InvalidCredentials):
        disabled()
    engine.submit(lambda transaction: transaction.run("DELETE FROM users"))
    with pytest.raises(InvalidCredentials):
        deleted()

    assert count_sessions(engine) == 0


def test_a_login_under_way_survives_the_revocation_of_one_session(
    engine: Engine, alice: Person, revoke: Revoke
) -> None:
    """It is none of those that were meant."""
    one, other = alice.login().session, alice.login().session
    conclude = begin(engine, alice)

    revoke(one.id)
    revoke(device_id=other.device_id)
    revoke(user_id=alice.id, idle_for=60)
    revoke(others_than=one.id)

    assert conclude().user.id == alice.id


def test_a_login_under_way_survives_the_end_of_anothers_sessions(
    engine: Engine, alice: Person, add_user: AddUser, revoke: Revoke
) -> None:
    """Each user has a counter of its own."""
    bob = add_user(engine, "bob@example.com", "a stone of flint")
    conclude = begin(engine, alice)

    revoke(user_id=bob.id)

    assert conclude().user.id == alice.id
