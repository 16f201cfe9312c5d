"""Events: written with what they record, chained, and free of anything secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import chain, ids
from protekt_cli.engine import authentication, events, revocation, sessions, users
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, InvalidCredentials, InvalidToken, RefreshReused
from protekt_cli.models import Caller, Event, Grant
from protekt_cli.store import events as event_table
from protekt_cli.store.database import Transaction
from tests.recorded import list_recorded

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]


@pytest.fixture
def busy_life(
    engine: Engine, alice: Person, refresh: Refresh, revoke: Revoke, clock: HandClock
) -> list[Grant]:
    """Alice logs in, fails to, refreshes, is robbed, revokes and lets sessions expire."""
    grants = [alice.login(Caller(ip="192.0.2.1", user_agent="curl/8"))]
    for email in (alice.email, "nobody@example.com"):
        with pytest.raises(InvalidCredentials):
            authentication.login(engine, email, "hunter2 is wrong", Caller())
    grants.append(refresh(grants[0].refresh_token))
    grants.append(refresh(grants[0].refresh_token))
    grants.append(refresh(grants[1].refresh_token))
    with pytest.raises(RefreshReused):
        refresh(grants[0].refresh_token)
    grants.append(alice.login())
    revoke(grants[-1].session.id, note="a note of its own")
    grants.append(alice.login())
    clock.advance(30 * 24 * 3600)
    with pytest.raises(InvalidToken):
        refresh(grants[-1].refresh_token)
    return grants


@pytest.mark.usefixtures("busy_life")
def test_each_change_has_its_event(alice: Person, recorded: Recorded) -> None:
    """With its documented type, who did it, and for a revocation why."""
    told = [(event.type, event.actor, event.reason) for event in recorded()]

    login = {("device:new", alice.id, None), ("login:success", alice.id, None)}
    login.add(("session:create", alice.id, None))
    assert told[0] == ("user:create", "cli", None)
    assert set(told[1:4]) == set(told[11:14]) == set(told[15:18]) == login
    assert told[4:11] == [
        ("login:failure", "system", None),
        ("login:failure", "system", None),
        ("session:refresh", alice.id, None),
        ("session:refresh", alice.id, None),
        ("session:refresh", alice.id, None),
        ("session:reuse", "system", None),
        ("session:revoke", "system", "reuse_detected"),
    ]
    assert told[14] == ("session:revoke", "cli", "revoked")
    assert told[18:] == [
        ("session:expire", "system", "idle_timeout"),
        ("session:expired", "system", "idle_timeout"),
    ]


def test_an_event_says_where_when_and_about_what(
    alice: Person, recorded: Recorded, clock: HandClock
) -> None:
    """Every field of a session's first event."""
    clock.advance(60)

    session = alice.login(Caller(ip="192.0.2.1", user_agent="curl/8")).session

    [event] = recorded("session:create")
    assert ids.is_id(ids.Prefix.EVENT, event.id)
    assert (event.at, event.ip) == (clock.now().seconds, "192.0.2.1")
    assert (event.user_id, event.session_id, event.device_id) == (
        alice.id,
        session.id,
        session.device_id,
    )


@pytest.mark.usefixtures("busy_life")
def test_events_are_numbered_and_chained_from_the_first(engine: Engine) -> None:
    """No hole in `seq`, each digest behind the one before, each sealed by the master key."""
    recorded = engine.read(list_recorded)

    digest = chain.GENESIS
    for seq, each in enumerate(recorded, start=1):
        digest = chain.digest(digest, each.event)
        assert (each.event.seq, each.digest) == (seq, digest)
        assert each.seal == engine.read(engine.vault_at).event_seal(digest)
    assert len(recorded) == 20


def test_no_event_without_its_change(engine: Engine, alice: Person, recorded: Recorded) -> None:
    """What is rolled back takes its events with it, and leaves no hole."""
    before = recorded()

    def change_and_fail(transaction: Transaction) -> None:
        events.append(engine, transaction, "user:update", actor="cli", user_id=alice.id)
        raise Conflict("no")

    with pytest.raises(Conflict):
        engine.submit(change_and_fail)
    unchanged = recorded()
    alice.login()

    assert unchanged == before
    assert [event.seq for event in recorded()] == list(range(1, len(before) + 4))


def test_no_change_without_its_event(
    engine: Engine, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the event cannot be written, nothing is."""

    def add(transaction: Transaction, recorded: object) -> None:
        transaction.run("INSERT INTO events (seq) VALUES (1)")

    monkeypatch.setattr(event_table, "add", add)
    tables = ("users", "devices", "sessions")

    with pytest.raises(Exception, match="constraint"):
        alice.login()

    counts = engine.read(
        lambda view: [view.rows(f"SELECT count(*) FROM {name}")[0][0] for name in tables]  # noqa: S608
    )
    assert counts == [1, 0, 0]


def test_no_event_holds_a_secret(
    engine: Engine, alice: Person, recorded: Recorded, busy_life: list[Grant]
) -> None:
    """No password, hash, token, part of one, key, e-mail or note."""
    text = json.dumps([asdict(event) for event in recorded()], default=repr)

    secrets = [
        alice.password,
        "hunter2",
        str(engine.read(lambda view: users.open_password(engine, view, alice.user))),
        "alice@",
        "nobody@",
        "example.com",
        "a note of its own",
        "eyJ",
        "ref_",
    ]
    for grant in busy_life:
        secrets += [grant.access_token.split(".")[2], grant.refresh_token[4:]]
        secrets += [grant.session.salt.hex(), grant.refresh_token[-20:]]
    assert [secret for secret in secrets if secret in text] == []


def test_an_issued_session_is_the_administrators_doing(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """`token issue` is no login: a device and a session, made by whoever asked for them."""
    engine.submit(
        lambda transaction: sessions.issue(
            engine,
            transaction,
            alice.user,
            claims={},
            access_ttl=None,
            device_name=None,
            actor="cli",
        )
    )

    made = [(event.type, event.actor) for event in recorded()[1:]]
    assert made == [("device:new", "cli"), ("session:create", "cli")]
