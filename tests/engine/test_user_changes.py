"""What changes of a user do: each that may follow a theft ends every session, at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from protekt_cli.engine import authentication, sessions, user_changes, users, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, EndReason, InvalidCredentials, InvalidRequest, Reason
from protekt_cli.models import Caller, Event, Grant, Session, User, UserStatus
from protekt_cli.store import devices as device_table
from protekt_cli.store import measures
from protekt_cli.store.database import Transaction

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

Change = Callable[..., Any]
Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

NEW = "through the looking glass"


@pytest.fixture
def change(engine: Engine, alice: Person) -> Change:
    """Change alice, on the command line's behalf."""

    def change(what: str, **given: Any) -> Any:
        password = {"password_hash": engine.passwords.hash(NEW)} if what == "set_password" else {}
        verb = getattr(user_changes, what)

        def operation(transaction: Transaction) -> Any:
            user = users.get(transaction, alice.id)
            return verb(engine, transaction, user, actor="cli", **password, **given)

        return engine.submit(operation)

    return change


def begin(engine: Engine, person: Person) -> Callable[[], Grant]:
    """Begin a login with the right password, and return what concludes it."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, person.email, Caller()))
    matched, _ = authentication.check(engine, attempt, person.password)
    assert matched
    return lambda: engine.submit(
        lambda transaction: authentication.conclude(
            engine, transaction, attempt, Caller(), matched=matched
        )
    )


@pytest.mark.parametrize(
    ("what", "reason", "event"),
    [
        ("disable", EndReason.USER_DISABLED, "user:disable"),
        ("set_password", EndReason.PASSWORD_CHANGED, "user:password"),
    ],
)
def test_such_a_change_ends_every_session_of_the_user(
    engine: Engine,
    alice: Person,
    add_user: AddUser,
    change: Change,
    stored: Stored,
    recorded: Recorded,
    clock: HandClock,
    what: str,
    reason: EndReason,
    event: str,
) -> None:
    """At once, each on record with its reason, and nobody else's."""
    grants = [alice.login() for _ in range(3)]
    other = add_user(engine, "bob@example.com", "a stone of flint").login()
    clock.advance(60)
    before = len(recorded())

    change(what)

    now = clock.now().seconds
    ends = [(stored(grant).ended_at, stored(grant).end_reason) for grant in grants]
    assert ends == [(now, reason)] * 3
    for grant in grants:
        found = validation.validate(engine, grant.access_token)
        assert (found.reason, found.end_reason) == (Reason.SESSION_REVOKED, reason)
    assert validation.validate(engine, other.access_token).is_valid
    told = [(each.type, each.actor, each.reason) for each in recorded()[before:]]
    assert told == [("session:revoke", "cli", reason.value)] * 3 + [(event, "cli", None)]


@pytest.mark.parametrize("what", ["disable", "delete", "set_password"])
def test_a_login_under_way_does_not_survive_it(
    engine: Engine, alice: Person, change: Change, recorded: Recorded, what: str
) -> None:
    """Its password was looked up before: it creates no session, and that is on record."""
    conclude = begin(engine, alice)

    change(what)

    with pytest.raises(InvalidCredentials):
        conclude()
    assert engine.read(measures.count_active) == 0
    assert [event.user_id for event in recorded("login:failure")] == [alice.id]


def test_a_login_under_way_does_not_survive_being_disabled_and_enabled(
    engine: Engine, alice: Person, change: Change
) -> None:
    """What it proved was proved before an end of all sessions."""
    conclude = begin(engine, alice)

    change("disable")
    change("enable")

    with pytest.raises(InvalidCredentials):
        conclude()
    assert alice.login()


def test_a_disabled_user_is_let_in_nowhere(
    engine: Engine, alice: Person, change: Change, recorded: Recorded
) -> None:
    """Not by the right password, not at an administrator's word; enabled again, by both."""

    def issue(transaction: Transaction) -> Grant:
        user = users.get(transaction, alice.id)
        return sessions.issue(
            engine, transaction, user, claims={}, access_ttl=None, device_name=None, actor="cli"
        )

    disabled = change("disable")
    with pytest.raises(InvalidCredentials):
        alice.login()
    with pytest.raises(Conflict):
        engine.submit(issue)
    enabled = change("enable")

    assert (disabled.status, enabled.status) == (UserStatus.DISABLED, UserStatus.ACTIVE)
    assert [alice.login().user.id, engine.submit(issue).user.id] == [alice.id] * 2
    assert [event.type for event in recorded() if "able" in event.type] == [
        "user:disable",
        "user:enable",
    ]


def test_enabling_revives_no_session(
    engine: Engine, alice: Person, change: Change, stored: Stored
) -> None:
    """Its tokens stay dead."""
    grant = alice.login()
    change("disable")
    ended = stored(grant)

    change("enable")

    assert stored(grant) == ended
    assert not validation.validate(engine, grant.access_token).is_valid


@pytest.mark.parametrize("what", ["disable", "enable"])
def test_changing_a_status_twice_is_no_change(
    alice: Person, change: Change, recorded: Recorded, clock: HandClock, what: str
) -> None:
    """No error, no event, no later `updatedAt`."""
    first = change(what)
    before = recorded()
    clock.advance(60)

    again = change(what)

    assert (again.id, again.status) == (alice.id, first.status)
    assert again.updated_at == first.updated_at
    assert recorded() == before


def test_a_deleted_user_leaves_events_alone(
    engine: Engine, alice: Person, change: Change, recorded: Recorded
) -> None:
    """The user, its devices and sessions are gone; what happened stays on record."""
    grant = alice.login()
    before = recorded()

    change("delete")

    found = validation.validate(engine, grant.access_token)
    device = engine.read(lambda view: device_table.find(view, grant.session.device_id))
    assert found.reason == Reason.UNKNOWN_SESSION
    assert device is None
    assert recorded()[: len(before)] == before
    told = [(event.type, event.session_id) for event in recorded()[len(before) :]]
    assert told == [("session:revoke", grant.session.id), ("user:delete", None)]
    with pytest.raises(InvalidCredentials):
        alice.login()


def test_only_the_new_password_opens(alice: Person, change: Change, clock: HandClock) -> None:
    """From its transaction on."""
    clock.advance(60)

    change("set_password")

    with pytest.raises(InvalidCredentials):
        alice.login()
    user = alice.login(password=NEW).user
    assert user.updated_at == clock.now().seconds


def test_other_changes_end_nothing(
    alice: Person, change: Change, stored: Stored, recorded: Recorded, clock: HandClock
) -> None:
    """A new e-mail, name or metadata: what is not given stays."""
    grant = alice.login()
    clock.advance(60)

    user: User = change("apply", changes={"email": " Alice@Example.org ", "name": "Alice"})
    again: User = change("apply", changes={"metadata": {"plan": "free"}})

    assert (user.email, user.name, user.metadata) == ("Alice@Example.org", "Alice", {})
    assert (again.email, again.name, again.metadata) == (user.email, "Alice", {"plan": "free"})
    assert again.updated_at == clock.now().seconds
    assert stored(grant).ended_at is None
    assert stored(grant).user_email == "Alice@Example.org"
    assert [event.type for event in recorded()][-2:] == ["user:update"] * 2


def test_an_email_stays_one_users(
    engine: Engine, alice: Person, add_user: AddUser, change: Change, recorded: Recorded
) -> None:
    """Another's is a conflict in any spelling, one's own in another spelling is none."""
    add_user(engine, "bob@example.com", "a stone of flint")
    before = recorded()

    for email, refusal in (("BOB@example.com", Conflict), ("no e-mail", InvalidRequest)):
        with pytest.raises(refusal):
            change("apply", changes={"email": email})
    assert recorded() == before
    assert change("apply", changes={"email": "ALICE@example.com"}).id == alice.id


def test_changes_are_made_all_or_none(
    engine: Engine, alice: Person, add_user: AddUser, change: Change
) -> None:
    """A name that is None goes; a status that comes with an impossible e-mail stays."""
    add_user(engine, "bob@example.com", "a stone of flint")
    change("apply", changes={"name": "Alice"})

    with pytest.raises(Conflict):
        change("apply", changes={"status": "disabled", "email": "bob@example.com"})
    kept: User = change("apply", changes={})
    changed: User = change("apply", changes={"name": None, "status": "disabled"})

    assert ("Alice", UserStatus.ACTIVE) == (kept.name, kept.status)
    assert (None, UserStatus.DISABLED) == (changed.name, changed.status)
