"""Devices: one's own is known again, anybody else's is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, devices, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidRequest
from protekt_cli.models import Caller, Device, Event, Grant, Session
from protekt_cli.store import devices as device_table
from protekt_cli.store import measures
from tests.engine.crowding import add_sessions

if TYPE_CHECKING:
    from tests.conftest import AddUser, HandClock, Person

Recorded = Callable[..., list[Event]]
Stored = Callable[[Grant], Session]


def find(engine: Engine, device_id: str) -> Device:
    device = engine.read(lambda view: device_table.find(view, device_id))
    assert device is not None
    return device


def test_a_first_login_makes_a_device(
    engine: Engine, alice: Person, recorded: Recorded, clock: HandClock
) -> None:
    """Named after its user agent, seen now and from here, and not trusted."""
    session = alice.login(Caller(ip="192.0.2.1", user_agent="curl/8.4 (x86)")).session

    device, now = find(engine, session.device_id), clock.now().seconds
    assert device == Device(
        id=session.device_id,
        user_id=alice.id,
        name=session.device_name,
        kind=device.kind,
        trusted=False,
        ip="192.0.2.1",
        user_agent="curl/8.4 (x86)",
        first_seen_at=now,
        last_seen_at=now,
    )
    [event] = recorded("device:new")
    assert (event.user_id, event.device_id, event.actor) == (alice.id, device.id, alice.id)


def test_the_device_that_is_named_is_the_same_again(
    engine: Engine, alice: Person, recorded: Recorded, clock: HandClock
) -> None:
    """No second one is made; when and from where it was seen is new, and no more."""
    first = alice.login(Caller(ip="192.0.2.1", user_agent="curl/8")).session
    before = find(engine, first.device_id)
    clock.advance(60)

    second = alice.login(
        Caller(ip="192.0.2.9", user_agent="curl/9", device_id=first.device_id)
    ).session

    after = find(engine, first.device_id)
    assert second.device_id == first.device_id
    assert second.device_name == first.device_name
    assert (after.ip, after.user_agent) == ("192.0.2.9", "curl/9")
    assert (after.first_seen_at, after.last_seen_at) == (
        before.first_seen_at,
        clock.now().seconds,
    )
    assert len(recorded("device:new")) == 1


def test_any_other_device_that_is_named_is_a_new_one(
    engine: Engine, alice: Person, add_user: AddUser
) -> None:
    """Another user's, one that nobody has, and what is no id at all."""
    bob = add_user(engine, "bob@example.com", "a stone of flint")
    theirs = bob.login().session.device_id
    before = find(engine, theirs)

    named = [theirs, "dev_01m89p8egtf6krsajn10k33wyx", "", "x" * 5000, "dev_\u0661"]
    given = [alice.login(Caller(ip="192.0.2.1", device_id=each)).session for each in named]

    assert len({session.device_id for session in given} - set(named)) == len(named)
    assert {find(engine, session.device_id).user_id for session in given} == {alice.id}
    assert find(engine, theirs) == before


def test_a_login_without_a_device_makes_one_each_time(alice: Person) -> None:
    """A user agent is shared by many machines and names none."""
    caller = Caller(user_agent="curl/8")

    devices = {alice.login(caller).session.device_id for _ in range(3)}

    assert len(devices) == 3


@pytest.mark.parametrize(
    ("user_agent", "name", "kind"),
    [
        ("curl/8.4", "curl", "program"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "browser", "browser"),
        ("my app", "unknown device", "program"),
        ("\x1b[31m", "unknown device", "program"),
        ("", "unknown device", "unknown"),
        (None, "unknown device", "unknown"),
    ],
)
def test_a_device_is_named_after_its_user_agent(
    engine: Engine, alice: Person, user_agent: str | None, name: str, kind: str
) -> None:
    """By the first product in it, or as unknown."""
    session = alice.login(Caller(user_agent=user_agent)).session

    device = find(engine, session.device_id)

    assert (device.name, session.device_name, device.kind) == (name, name, kind)


def test_a_client_can_name_its_device(engine: Engine, alice: Person) -> None:
    """That goes before the user agent; a very long name is cut."""
    session = authentication.login(
        engine,
        alice.email,
        alice.password,
        Caller(user_agent="curl/8"),
        device_name="Alice's looking-glass " + "x" * 500,
        device_kind="mirror",
    ).session

    device = find(engine, session.device_id)

    assert device.name.startswith("Alice's looking-glass x")
    assert len(device.name) <= 100
    assert device.kind == "mirror"


def test_a_new_name_is_the_sessions_too(engine: Engine, alice: Person, stored: Stored) -> None:
    """Those that have ended too; those of other devices keep theirs."""
    ended, other = alice.login(), alice.login(Caller(user_agent="curl/8"))
    living = alice.login(Caller(device_id=ended.session.device_id))
    selection = revocation.Selection(ids=(ended.session.id,))
    revocation.revoke(engine, selection, actor="cli")
    device = find(engine, ended.session.device_id)

    renamed = engine.submit(lambda transaction: devices.rename(transaction, device, " attic\n"))

    names = [stored(grant).device_name for grant in (ended, living, other)]
    assert names == ["attic", "attic", "curl"]
    assert find(engine, device.id) == renamed
    assert renamed.name == "attic"


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_device_has_a_name_of_some_length(engine: Engine, alice: Person, name: str) -> None:
    """None, or more than a hundred characters, is a mistake that is told."""
    device = find(engine, alice.login().session.device_id)

    with pytest.raises(InvalidRequest):
        engine.submit(lambda transaction: devices.rename(transaction, device, name))

    assert find(engine, device.id) == device


def test_a_revoked_device_is_gone_and_its_sessions_ended(
    engine: Engine, alice: Person, stored: Stored, recorded: Recorded
) -> None:
    """They keep its id and its name; the user's other sessions live on."""
    grant, other = alice.login(), alice.login()
    device_id = grant.session.device_id

    report = devices.revoke(engine, device_id, actor="cli")

    session = stored(grant)
    assert report.ids == (session.id,)
    assert session.end_reason is EndReason.DEVICE_REVOKED
    assert (session.device_id, session.device_name) == (device_id, grant.session.device_name)
    assert engine.read(lambda view: device_table.find(view, device_id)) is None
    assert not validation.validate(engine, grant.access_token).is_valid
    assert validation.validate(engine, other.access_token).is_valid
    [event] = recorded("device:revoke")
    assert (event.user_id, event.device_id, event.actor) == (alice.id, device_id, "cli")


def test_a_revoked_device_is_never_accepted_again(engine: Engine, alice: Person) -> None:
    """A login that names it gets a new one."""
    device_id = alice.login().session.device_id
    devices.revoke(engine, device_id, actor="cli")

    again = alice.login(Caller(device_id=device_id)).session

    assert again.device_id != device_id


def test_a_device_without_living_sessions_can_be_revoked(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """What has expired stays as it ended."""
    grant = alice.login()
    clock.advance(100 * 24 * 3600)

    report = devices.revoke(engine, grant.session.device_id, actor="cli")

    assert report.revoked == 0
    assert stored(grant).end_reason is not EndReason.DEVICE_REVOKED


def test_revoking_a_device_twice_finds_nothing(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """The second report says so, and there is one event."""
    device_id = alice.login().session.device_id
    devices.revoke(engine, device_id, actor="cli")

    report = devices.revoke(engine, device_id, actor="cli")

    assert (report.revoked, report.not_found) == (0, (device_id,))
    assert len(recorded("device:revoke")) == 1


def test_a_device_goes_with_the_last_of_very_many_sessions(
    engine: Engine, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps; what was broken off between two of them can be repeated."""
    monkeypatch.setattr(revocation, "STEP", 3)
    session = alice.login().session
    add_sessions(engine, session, 6)

    first = engine.submit(
        lambda transaction: devices.revoke_step(engine, transaction, session.device_id, actor="cli")
    )
    there = find(engine, session.device_id)
    rest = devices.revoke(engine, session.device_id, actor="cli")

    assert (first.revoked, there.id, rest.revoked) == (3, session.device_id, 4)
    assert engine.read(measures.count_active) == 0
    assert engine.read(lambda view: device_table.find(view, session.device_id)) is None
