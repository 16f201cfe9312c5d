"""Ending many sessions by the admin API: by ids, and by what they share; all given must hold."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.engine import authentication, revocation, sessions
from protekt_cli.errors import InvalidCredentials
from protekt_cli.models import Caller
from protekt_cli.store.database import Transaction
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator


@pytest.fixture
def bob(alice: Person, add_user: AddUser) -> Person:
    """Another user."""
    return add_user(alice.engine, "bob@example.com", alice.password)


def revoke(boss: Administrator, **body: object) -> Any:
    """End sessions, and return the report."""
    answered = boss.ask("POST", "sessions/revoke", body)
    assert (answered.status, answered.header(b"cache-control")) == (200, b"no-store"), answered
    return answered.json()


def active(boss: Administrator) -> set[str]:
    return set(boss.ids("sessions"))


def test_ids_are_ended_and_the_unknown_named(boss: Administrator, alice: Person) -> None:
    """Whole or cut; one that had ended changes nothing, and is no error."""
    one, two, three = (alice.login().session.id for _ in range(3))
    boss.ask("DELETE", f"sessions/{three}")

    report = revoke(boss, ids=[one, two[:20], three, "sess_00000000", "nonsense"], reason="theft")

    assert report == {
        "revoked": 2,
        "ids": report["ids"],
        "notFound": ["sess_00000000", "nonsense"],
        "dryRun": False,
    }
    assert set(report["ids"]) == {one, two}
    ended = boss.get(f"sessions/{one}")
    assert (ended["endReason"], ended["endNote"]) == ("revoked", "theft")
    assert boss.get(f"sessions/{three}")["endNote"] is None
    assert {e["actor"] for e in boss.events("session:revoke")} == {boss.id}
    assert all("theft" not in str(e) for e in boss.get("events", limit=1000)["items"])


def test_no_id_at_all_ends_nothing(boss: Administrator, alice: Person) -> None:
    """An empty list is not no list."""
    session = alice.login().session

    report = revoke(boss, ids=[])

    assert report == {"revoked": 0, "ids": [], "notFound": [], "dryRun": False}
    assert active(boss) == {session.id}


@pytest.mark.parametrize(
    ("selector", "reason"),
    [("userId", "revoked_all"), ("deviceId", "device_revoked"), ("ip", "revoked")],
)
def test_selector_ends_what_shares_it(
    boss: Administrator, alice: Person, bob: Person, selector: str, reason: str
) -> None:
    """And says why, by the selector."""
    hers = alice.login(Caller("192.0.2.7")).session
    his = bob.login(Caller("198.51.100.1")).session
    value = {"userId": alice.email, "deviceId": hers.device_id[:25], "ip": "192.0.2.0/24"}

    report = revoke(boss, **{selector: value[selector]})

    assert (report["revoked"], report["ids"]) == (1, [hers.id])
    assert boss.get(f"sessions/{hers.id}")["endReason"] == reason
    assert active(boss) == {his.id}


def test_idle_for_ends_what_was_not_used(
    boss: Administrator, alice: Person, clock: HandClock
) -> None:
    """For so long, as a duration or in seconds."""
    old = alice.login().session
    clock.advance(3600)
    new = alice.login().session

    assert revoke(boss, idleFor="2h")["ids"] == []
    assert revoke(boss, idleFor=3600)["ids"] == [old.id]
    assert active(boss) == {new.id}


def test_all_ends_everything(boss: Administrator, alice: Person, bob: Person) -> None:
    """Of everybody."""
    for person in (alice, bob, alice):
        person.login()

    report = revoke(boss, all=True)

    assert report["revoked"] == len(report["ids"]) == 3
    assert active(boss) == set()


def test_selectors_combine(boss: Administrator, alice: Person, bob: Person) -> None:
    """What all of them fit ends, and nothing else."""
    hers = alice.login(Caller("192.0.2.7")).session
    elsewhere = alice.login(Caller("198.51.100.1")).session
    his = bob.login(Caller("192.0.2.7")).session

    report = revoke(boss, userId=alice.id, ip="192.0.2.7", ids=[hers.id, his.id], all=True)

    assert report["ids"] == [hers.id]
    assert active(boss) == {elsewhere.id, his.id}


def test_excepted_sessions_live_on(boss: Administrator, alice: Person, bob: Person) -> None:
    """Whole ids or cut ones: all of a user's but these."""
    kept, ended, his = alice.login().session, alice.login().session, bob.login().session

    report = revoke(boss, userId=alice.id, exceptIds=[kept.id[:20]])

    assert report["ids"] == [ended.id]
    assert boss.get(f"sessions/{ended.id}")["endReason"] == "revoked_all"
    assert active(boss) == {kept.id, his.id}


def test_dry_run_reports_and_ends_nothing(boss: Administrator, alice: Person) -> None:
    """The same report."""
    session = alice.login().session
    body = {"userId": alice.id, "reason": "theft"}

    dry = revoke(boss, **body, dryRun=True)
    still = active(boss)
    wet = revoke(boss, **body, dryRun=None)

    assert still == {session.id}
    assert dry == {**wet, "dryRun": True}
    assert wet["ids"] == [session.id]


def test_very_many_are_ended_in_steps(
    boss: Administrator, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last; the report adds up."""
    hers = {alice.login().session.id for _ in range(6)}
    his = bob.login().session
    monkeypatch.setattr(revocation, "STEP", 3)

    report = revoke(boss, userId=alice.id)

    assert (report["revoked"], set(report["ids"])) == (6, hers)
    assert active(boss) == {his.id}


def test_of_very_many_only_the_number_is_told(boss: Administrator, alice: Person) -> None:
    """Above a thousand."""
    engine = alice.engine

    def issue(transaction: Transaction) -> None:
        for _ in range(1001):
            sessions.issue(
                engine,
                transaction,
                alice.user,
                claims={},
                access_ttl=None,
                device_name=None,
                actor="cli",
            )

    engine.submit(issue)

    report = revoke(boss, all=True)

    assert report == {"revoked": 1001, "ids": None, "notFound": [], "dryRun": False}


@pytest.mark.parametrize("everybody", [True, False])
def test_login_that_is_under_way_creates_no_session(
    boss: Administrator, alice: Person, everybody: bool
) -> None:
    """Its password check began before all of its user's sessions were ended."""
    engine = alice.engine
    attempt = engine.submit(
        lambda transaction: authentication.begin(engine, transaction, alice.email, Caller())
    )
    revoke(boss, **({"all": True} if everybody else {"userId": alice.email}))

    with pytest.raises(InvalidCredentials):
        engine.submit(
            lambda transaction: authentication.conclude(
                engine, transaction, attempt, Caller(), matched=True
            )
        )

    assert active(boss) == set()
