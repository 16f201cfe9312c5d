"""Logging in: who is let in, who is not, and that nobody is told why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.engine import authentication, revocation, users
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.passwords import Passwords, Verdict
from protekt_cli.errors import InvalidCredentials, Overloaded
from protekt_cli.models import Caller, Event, Grant, User
from protekt_cli.store import sessions as session_table
from protekt_cli.store import users as user_table

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Install, Person

Recorded = Callable[..., list[Event]]
Revoke = Callable[..., revocation.Report]


def login(engine: Engine, email: str, password: str) -> Grant:
    return authentication.login(engine, email, password, Caller(ip="192.0.2.1"))


def find(engine: Engine, user_id: str) -> User:
    user = engine.read(lambda view: user_table.find(view, user_id))
    assert user is not None
    return user


def set_status(engine: Engine, user_id: str, status: str) -> None:
    engine.submit(
        lambda transaction: transaction.run(
            "UPDATE users SET status = :status WHERE id = :id", {"id": user_id, "status": status}
        )
    )


def count_sessions(engine: Engine) -> int:
    return len(engine.read(lambda view: session_table.list_matching(view, session_table.Filter())))


def test_a_login_makes_a_session(alice: Person, clock: HandClock) -> None:
    """For the user, from where it came, with its three deadlines from now on."""
    caller = Caller(ip="192.0.2.1", user_agent="curl/8")

    grant = alice.login(caller)

    session, now = grant.session, clock.now().seconds
    assert grant.user.id == session.user_id == alice.id
    assert (session.ip, session.user_agent, session.amr) == ("192.0.2.1", "curl/8", ("pwd",))
    assert (session.created_at, session.last_active_at, session.refreshed_at) == (now, now, None)
    assert session.idle_expires_at == now + 24 * 3600
    assert session.refresh_expires_at == now + 7 * 24 * 3600
    assert session.absolute_expires_at == now + 30 * 24 * 3600
    assert grant.access_expires_at == now + 3600


def test_a_login_is_remembered(engine: Engine, alice: Person, clock: HandClock) -> None:
    """With its time, in the user."""
    clock.advance(60)

    grant = alice.login()

    assert grant.user.last_login_at == clock.now().seconds
    assert find(engine, alice.id).last_login_at == clock.now().seconds


@pytest.mark.parametrize(
    ("created", "typed"),
    [
        ("alice@example.com", "alice@example.com"),
        ("alice@example.com", "ALICE@Example.COM"),
        ("alice@example.com", "  alice@example.com\n"),
        ("alice@example.com", "\u3000alice@example.com\u00a0"),
        (" Alice@Example.com ", "alice@example.com"),
        ("zo\u00eb@example.com", "zoe\u0308@example.com"),
        ("zoe\u0308@example.com", "ZO\u00cb@example.com"),
        ("stra\u00dfe@example.com", "STRASSE@example.com"),
    ],
)
def test_an_email_has_many_spellings(
    engine: Engine, add_user: AddUser, created: str, typed: str
) -> None:
    """Case, Unicode form and white space around it make no other user."""
    person = add_user(engine, created, "wonderland is real")

    assert login(engine, typed, "wonderland is real").user.id == person.id


def test_every_refusal_is_the_same(engine: Engine, alice: Person, add_user: AddUser) -> None:
    """An unknown e-mail, a wrong password, a disabled user, one without a password."""
    disabled = add_user(engine, "bob@example.com", "wonderland is real")
    set_status(engine, disabled.id, "disabled")
    add_without_password(engine, "carol@example.com")
    refusals = []

    for email, password in [
        (alice.email, "wrong"),
        (alice.email, ""),
        (alice.email, alice.password + " "),
        (alice.email, alice.password.upper()),
        ("nobody@example.com", alice.password),
        ("", alice.password),
        ("no e-mail at all", alice.password),
        ("\ud800@example.com", alice.password),
        ("nul\0@example.com", alice.password),
        (disabled.email, disabled.password),
        ("carol@example.com", ""),
        ("carol@example.com", "nobody has this password"),
    ]:
        with pytest.raises(InvalidCredentials) as caught:
            login(engine, email, password)
        refusals.append((type(caught.value), caught.value.message, caught.value.hint))

    assert len(set(refusals)) == 1
    assert count_sessions(engine) == 0


def test_a_failure_names_the_user_or_a_digest(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """Of an unknown e-mail the same digest each time, however it is spelled, and never itself."""
    for email in (alice.email, "nobody@example.com", " NOBODY@example.com", "other@example.com"):
        with pytest.raises(InvalidCredentials):
            login(engine, email, "wrong")

    known, first, again, other = recorded("login:failure")
    assert (known.user_id, known.data) == (alice.id, {})
    assert first.user_id is other.user_id is None
    assert set(first.data) == {"emailDigest"}
    assert first.data == again.data
    assert first.data != other.data
    assert {event.actor for event in (known, first, again, other)} == {"system"}
    assert {event.ip for event in (known, first, again, other)} == {"192.0.2.1"}


def test_a_digest_is_keyed(install: Install, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Another installation digests the same e-mail to something else."""
    engines = [install(folder=tmp_path_factory.mktemp(name)) for name in ("one", "other")]

    digests = {
        engine.read(engine.vault_at).email_digest("nobody@example.com") for engine in engines
    }

    assert len(digests) == 2


def test_an_unknown_email_costs_a_hash_and_a_long_password_none(
    engine: Engine, alice: Person
) -> None:
    """Seen by parameters that Argon2 refuses: who hashes at all, fails at it."""
    engine.passwords = Passwords(PasswordSettings(argon2_memory_kib=8, argon2_parallelism=64))

    with pytest.raises(Overloaded):
        login(engine, "nobody@example.com", "wrong")
    for email in (alice.email, "nobody@example.com"):
        with pytest.raises(InvalidCredentials):
            login(engine, email, "x" * 1025)


def test_a_password_is_as_long_as_allowed_and_no_longer(
    install: Install, add_user: AddUser
) -> None:
    """In bytes of UTF-8, as it was sent; a longer one is refused even where it is right."""
    engine = install({"passwords.max_bytes": 12})
    fits = add_user(engine, "fits@example.com", "p\u00e4ssw\u00f6rt 1")
    long = add_user(engine, "long@example.com", "p\u00e4ssw\u00f6rt 12")

    assert len(fits.password.encode()) == 12
    assert fits.login().user.id == fits.id
    with pytest.raises(InvalidCredentials):
        long.login()


@pytest.mark.parametrize(
    ("chosen", "typed", "same"),
    [
        ("caf\u00e9 au lait", "cafe\u0301 au lait", True),
        ("\ufb01rst \uff11", "first 1", True),
        ("pass word", "pass\u00a0word", True),
        (" password ", "password", False),
        ("password\n", "password", False),
        ("Password", "password", False),
        ("p" * 100 + "a", "p" * 100 + "b", False),
        ("nul\0a", "nul\0b", False),
    ],
)
def test_a_password_is_nfkc_and_nothing_else_is_done_to_it(
    engine: Engine, add_user: AddUser, chosen: str, typed: str, same: bool
) -> None:
    """Keyboards differ in how they compose; nothing is trimmed, folded or cut."""
    person = add_user(engine, "dora@example.com", chosen)

    verdict = engine.passwords.verify(engine.passwords.hash(chosen), typed)
    assert verdict is (Verdict.RIGHT if same else Verdict.WRONG)
    if same:
        assert person.login(password=typed).user.id == person.id
    else:
        with pytest.raises(InvalidCredentials):
            person.login(password=typed)


def test_a_login_renews_a_hash_of_other_parameters(install: Install, add_user: AddUser) -> None:
    """Once, with the right password only; the sessions that are there live on."""
    engine = install()
    person = add_user(engine, "alice@example.com", "wonderland is real")
    session = person.login().session
    stronger = install({"passwords.argon2_time_cost": 3})
    with pytest.raises(InvalidCredentials):
        login(stronger, person.email, "wrong")
    untouched = find(stronger, person.id).sealed_password

    login(stronger, person.email, person.password)
    renewed = find(stronger, person.id)
    login(stronger, person.email, person.password)

    assert untouched == person.user.sealed_password
    rehashed = stronger.read(lambda view: users.open_password(stronger, view, renewed))
    assert ",t=3," in str(rehashed)
    assert find(stronger, person.id).sealed_password == renewed.sealed_password
    assert login(engine, person.email, person.password)
    assert engine.read(lambda view: session_table.find(view, session.id)) == session


def add_without_password(engine: Engine, email: str) -> None:
    engine.submit(
        lambda transaction: users.create(
            engine,
            transaction,
            email=email,
            name=None,
            metadata={},
            password_hash=None,
            actor="cli",
        )
    )
