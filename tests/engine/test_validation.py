"""Validating an access token: the reason it is refused for, and what a use leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Caller, Event, Grant, Session, Validation
from protekt_cli.store.database import Transaction

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

HOUR, DAY = 3600, 24 * 3600
NOWHERE = Caller()


def validate(engine: Engine, grant: Grant) -> Validation:
    return validation.validate(engine, grant.access_token)


def look(engine: Engine, grant: Grant) -> Validation:
    return engine.read(lambda view: validation.look(engine, view, grant.access_token)).validation


def test_a_live_session_is_valid(engine: Engine, alice: Person, clock: HandClock) -> None:
    """With the session, its user, and how long the token is still good."""
    grant = alice.login()
    clock.advance(60)

    validation = validate(engine, grant)

    assert validation.is_valid
    assert validation.reason is None
    assert (validation.session and validation.session.id) == grant.session.id
    assert (validation.user and validation.user.id) == alice.id
    assert validation.expires_in == HOUR - 60


def test_a_token_is_good_until_the_second_of_its_end(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """And not in it."""
    grant = alice.login()

    clock.advance(HOUR - 1)
    last = validate(engine, grant)
    clock.advance(1)
    over = validate(engine, grant)

    assert (last.reason, last.expires_in) == (None, 1)
    assert over == Validation(Reason.TOKEN_EXPIRED)


def test_a_token_of_the_future_is_not_yet_valid(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """As where the clock was set back after it was issued."""
    grant = alice.login()

    clock.advance(-1)

    assert validate(engine, grant).reason == Reason.NOT_YET_VALID


def test_leeway_widens_the_times_of_a_token(
    install: Install, alice: Person, clock: HandClock
) -> None:
    """By so many seconds at either end, of which none are left to it."""
    lenient = install({"tokens.leeway": "10s"})
    grant = alice.login()

    clock.advance(-10)
    early = validate(lenient, grant)
    clock.advance(10 + HOUR + 9)
    late = validate(lenient, grant)
    clock.advance(1)
    over = validate(lenient, grant)

    assert (early.reason, late.reason, late.expires_in) == (None, None, 0)
    assert over.reason == Reason.TOKEN_EXPIRED


def test_leeway_gives_no_session_a_second(
    install: Install, alice: Person, clock: HandClock
) -> None:
    """A deadline is a deadline."""
    lenient = install({"tokens.leeway": "1h", "sessions.idle_timeout": "10m"})
    grant = authentication.login(lenient, alice.email, alice.password, NOWHERE)

    clock.advance(600)

    assert validate(lenient, grant).reason == Reason.SESSION_EXPIRED


def test_a_token_for_another_place_is_refused(install: Install, alice: Person) -> None:
    """Though the same key signed it, and its session lives."""
    grant = alice.login()
    elsewhere = install({"tokens.issuer": "https://other.example"})
    others = install({"tokens.audience": "others"})

    reasons = [validate(each, grant).reason for each in (elsewhere, others)]

    assert reasons == [Reason.WRONG_ISSUER, Reason.WRONG_AUDIENCE]


def test_a_token_of_another_installation_is_of_an_unknown_key(
    install: Install, alice: Person, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keys are looked up by name in this database alone."""
    stranger = install(folder=tmp_path_factory.mktemp("stranger"))

    assert validate(stranger, alice.login()).reason == Reason.UNKNOWN_KEY


@pytest.mark.parametrize("status", ["revoked", "retired", "next"])
def test_only_a_revoked_key_stops_verifying(engine: Engine, alice: Person, status: str) -> None:
    """At once, in an engine that has used it just before."""
    grant = alice.login()
    assert validate(engine, grant).is_valid

    def change(transaction: Transaction) -> None:
        move = "UPDATE signing_keys SET status = :to WHERE status = :of"
        transaction.run(move, {"of": "next", "to": "retired"})
        transaction.run(move, {"of": "active", "to": status})

    engine.submit(change)

    expected = Reason.UNKNOWN_KEY if status == "revoked" else None
    assert validate(engine, grant).reason == expected


def test_a_session_that_is_gone_is_unknown(engine: Engine, alice: Person) -> None:
    """As after its user was deleted."""
    grant = alice.login()

    engine.submit(lambda transaction: transaction.run("DELETE FROM users"))

    assert validate(engine, grant).reason == Reason.UNKNOWN_SESSION


def test_a_revocation_holds_in_every_process_at_once(
    install: Install, alice: Person, revoke: Revoke
) -> None:
    """The next validation elsewhere is refused, and told why."""
    grant = alice.login()
    other = install()
    before = validate(other, grant)

    revoke(grant.session.id)

    assert before.is_valid
    assert validate(other, grant) == Validation(Reason.SESSION_REVOKED, EndReason.REVOKED)


def test_a_dead_token_of_a_dead_session_is_expired(
    engine: Engine, alice: Person, revoke: Revoke, clock: HandClock
) -> None:
    """The first reason that holds is told."""
    grant = alice.login()
    revoke(grant.session.id)

    clock.advance(HOUR)

    assert validate(engine, grant) == Validation(Reason.TOKEN_EXPIRED)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"sessions.idle_timeout": "10m"}, EndReason.IDLE_TIMEOUT),
        ({"tokens.refresh_ttl": "10m", "tokens.access_ttl": "5m"}, EndReason.REFRESH_EXPIRED),
        (
            {
                "sessions.absolute_timeout": "10m",
                "sessions.idle_timeout": "10m",
                "tokens.refresh_ttl": "10m",
                "tokens.access_ttl": "5m",
            },
            EndReason.ABSOLUTE_TIMEOUT,
        ),
    ],
)
def test_a_deadline_that_is_found_struck_is_recorded(
    install: Install,
    alice: Person,
    recorded: Recorded,
    stored: Stored,
    clock: HandClock,
    flags: dict[str, object],
    reason: EndReason,
) -> None:
    """Before the answer, with the deadline as its end; no clock that steps back revives it."""
    engine = install(flags)
    grant = authentication.login(engine, alice.email, alice.password, NOWHERE)
    clock.advance(605)

    found = validate(engine, grant)
    again = validate(engine, grant)
    clock.advance(-400)
    earlier = validate(engine, grant)

    session = stored(grant)
    assert found.reason in {Reason.SESSION_EXPIRED, Reason.TOKEN_EXPIRED}
    assert found == again
    assert not earlier.is_valid
    assert (session.ended_at, session.end_reason) == (grant.session.created_at + 600, reason)
    [event] = recorded("session:expired")
    assert (event.session_id, event.reason, event.actor) == (session.id, reason, "system")
    assert event.data == {"deadline": grant.session.created_at + 600}
    assert event.at == grant.session.created_at + 605


def test_an_expired_token_still_ends_its_session(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """A refused request is no use, but a deadline found struck is committed all the same."""
    grant = alice.login()
    clock.advance(HOUR)
    refused = validate(engine, grant)
    between = stored(grant)

    clock.advance(DAY)
    struck = validate(engine, grant)

    assert refused == struck == Validation(Reason.TOKEN_EXPIRED)
    assert between == grant.session
    assert stored(grant).end_reason == EndReason.IDLE_TIMEOUT
