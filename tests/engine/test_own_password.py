"""Changing one's own password: everything ends, and one new session begins in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core.access_token import Claims
from protekt_cli.engine import authentication, own_password, sessions, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidCredentials, InvalidRequest, InvalidToken, Reason
from protekt_cli.models import Caller, Event, Grant, Session
from protekt_cli.store.database import View

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Change = Callable[..., Grant]
Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

NEW = "through the looking glass"
HOUR, DAY = 3600, 24 * 3600
CALLER = Caller(ip="192.0.2.9", user_agent="curl/9")


def claims_of(engine: Engine, grant: Grant) -> Claims:
    found = engine.read(lambda view: validation.look(engine, view, grant.access_token))
    assert found.claims is not None
    return found.claims


@pytest.fixture
def change(engine: Engine, alice: Person) -> Change:
    """Change the password of the user whose token this is."""

    def change(
        grant: Grant,
        *,
        current: str = alice.password,
        caller: Caller = CALLER,
        engine: Engine = engine,
    ) -> Grant:
        claims = claims_of(engine, grant)
        new, _ = own_password.change(engine, claims, caller, current=current, new=NEW)
        return new

    return change


def test_a_new_session_begins_in_place_of_all(
    engine: Engine,
    alice: Person,
    change: Change,
    stored: Stored,
    recorded: Recorded,
    clock: HandClock,
) -> None:
    """On the same device, with deadlines of its own; nothing that was there lives on."""
    own, other = alice.login(), alice.login()
    clock.advance(600)

    new = change(own)

    now = clock.now().seconds
    for grant in (own, other):
        assert (stored(grant).ended_at, stored(grant).end_reason) == (
            now,
            EndReason.PASSWORD_CHANGED,
        )
    session = stored(new)
    assert session.id not in {own.session.id, other.session.id}
    assert (session.device_id, session.device_name) == (
        own.session.device_id,
        own.session.device_name,
    )
    assert (session.amr, session.generation, session.created_at) == (("pwd",), 0, now)
    assert (session.ip, session.user_agent) == (CALLER.ip, CALLER.user_agent)
    assert session.absolute_expires_at == now + 30 * DAY
    assert validation.validate(engine, new.access_token).is_valid
    told = [(event.type, event.actor) for event in recorded()[-4:]]
    assert told == [
        ("session:revoke", alice.id),
        ("session:revoke", alice.id),
        ("user:password", alice.id),
        ("session:create", alice.id),
    ]


def test_what_the_session_was_made_with_is_kept(
    engine: Engine, alice: Person, change: Change, refresh: Refresh
) -> None:
    """Claims and sliding; that it was an administrator's is not: a password was given now."""
    issued = engine.submit(
        lambda transaction: sessions.issue(
            engine,
            transaction,
            alice.user,
            claims={"role": "editor"},
            access_ttl=None,
            device_name=None,
            actor="cli",
        )
    )
    engine.submit(lambda transaction: transaction.run("UPDATE sessions SET sliding = 1"))

    new = change(issued).session

    assert (new.claims, new.sliding, new.amr) == ({"role": "editor"}, True, ("pwd",))


def test_only_the_new_password_opens(alice: Person, change: Change) -> None:
    """And the old tokens renew nothing."""
    change(alice.login())

    with pytest.raises(InvalidCredentials):
        alice.login()
    assert alice.login(password=NEW)


def test_a_wrong_current_password_changes_nothing(
    engine: Engine, alice: Person, change: Change, stored: Stored, recorded: Recorded
) -> None:
    """The sessions live on, the password stays; that somebody guessed is on record."""
    grant = alice.login()
    before = recorded()

    with pytest.raises(InvalidCredentials):
        change(grant, current="wrong")

    (failure,) = recorded()[len(before) :]
    assert (failure.type, failure.user_id, failure.session_id, failure.ip, failure.data) == (
        "login:failure",
        alice.id,
        grant.session.id,
        CALLER.ip,
        {},
    )
    assert stored(grant) == grant.session
    assert alice.login()


def test_a_new_password_is_looked_at_by_whoever_knows_the_current_one(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """It is refused like any other, and nothing has changed; a wrong current one comes first."""
    grant = alice.login()
    claims, before = claims_of(engine, grant), recorded()

    with pytest.raises(InvalidRequest, match="too short"):
        own_password.change(engine, claims, CALLER, current=alice.password, new="short")
    with pytest.raises(InvalidCredentials):
        own_password.change(engine, claims, CALLER, current="wrong", new="short")

    assert [event.type for event in recorded()[len(before) :]] == ["login:failure"]
    assert alice.login()


def test_a_new_password_that_is_easily_guessed_is_said_to_be(engine: Engine, alice: Person) -> None:
    """As built in it is accepted; whose it is counts."""
    claims = claims_of(engine, alice.login())

    _, warning = own_password.change(
        engine, claims, CALLER, current=alice.password, new="alice@example.com"
    )

    assert warning == "it is made of the e-mail or the name of its user"


def windows(view: View) -> int:
    """Return how many windows hold a try that was counted."""
    (count,) = view.rows("SELECT count(*) FROM throttle")[0]
    return int(count)


def test_a_session_that_ended_meanwhile_changes_nothing(
    engine: Engine, alice: Person, revoke: Callable[..., object]
) -> None:
    """The token is judged again in the transaction that acts."""
    grant = alice.login()
    claims = claims_of(engine, grant)
    attempt = engine.submit(lambda t: own_password.begin(engine, t, claims, CALLER))
    checked = own_password.check(engine, attempt, alice.password, NEW)
    revoke(grant.session.id)

    with pytest.raises(InvalidToken) as caught:
        engine.submit(lambda t: own_password.conclude(engine, t, claims, attempt, CALLER, checked))

    assert caught.value.reason == Reason.SESSION_REVOKED
    assert alice.login()
    assert engine.read(windows) == 0


def test_an_expired_token_changes_nothing(alice: Person, change: Change, clock: HandClock) -> None:
    """Only logging out takes one."""
    grant = alice.login()
    clock.advance(HOUR)

    with pytest.raises(InvalidToken) as caught:
        change(grant)

    assert caught.value.reason == Reason.TOKEN_EXPIRED


def test_a_mismatch_changes_nothing(
    install: Install, alice: Person, change: Change, stored: Stored
) -> None:
    """A token that was copied alone sets no password."""
    bound = install({"sessions.device_binding": "enforce"})
    grant = alice.login()

    with pytest.raises(InvalidToken) as caught:
        change(grant, engine=bound)

    assert caught.value.reason == Reason.BINDING_MISMATCH
    assert stored(grant).ended_at is None


def test_a_mismatch_is_recorded_once(
    install: Install, alice: Person, change: Change, recorded: Recorded
) -> None:
    """Though the token is judged twice: at the beginning, and in the transaction that acts."""
    watched = install({"sessions.device_binding": "log"})

    change(alice.login(), caller=Caller(device_id="another"), engine=watched)

    assert [event.data["kind"] for event in recorded("session:mismatch")] == ["device"]


def test_a_login_under_way_does_not_survive_it(
    engine: Engine, alice: Person, change: Change
) -> None:
    """It proved the old password."""
    grant = alice.login()
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))

    change(grant)

    with pytest.raises(InvalidCredentials):
        engine.submit(lambda t: authentication.conclude(engine, t, attempt, CALLER, matched=True))


def test_the_new_session_fits_any_limit(
    install: Install, alice: Person, change: Change, stored: Stored
) -> None:
    """It comes in place of the one that asked, and ends no other one."""
    one = install({"sessions.max_per_user": 1})

    new = change(alice.login(), engine=one)

    assert stored(new).ended_at is None
