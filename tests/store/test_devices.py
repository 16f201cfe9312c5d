"""The table of devices: listed with what is active at the moment of asking, changed, removed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protekt_cli.models import Device
from protekt_cli.store import devices, sessions, users
from protekt_cli.store.database import Store, Transaction
from tests.conftest import HandClock
from tests.store.test_sessions import ALICE, SESSION

BOB = replace(ALICE, id="user_01m89p8efxfe092m3agfy15kf7", email="bob@example.com")
OLD = Device(
    id=SESSION.device_id,
    user_id=ALICE.id,
    name="curl",
    kind="program",
    trusted=False,
    ip="127.0.0.1",
    user_agent="curl/8",
    first_seen_at=1000,
    last_seen_at=1000,
)
NEW = replace(OLD, id="dev_01m89p8egtf6krsajn10k33wyz", user_id=BOB.id)


@pytest.fixture
def clock() -> HandClock:
    """A clock at the moment at which the session begins."""
    return HandClock(SESSION.created_at)


@pytest.fixture
def furnished(store: Store) -> Store:
    """Two users with a device each, and one session on the older."""

    def furnish(transaction: Transaction) -> None:
        for user, device in ((ALICE, OLD), (BOB, NEW)):
            users.add(transaction, user, user.email)
            devices.add(transaction, device)
        sessions.add(transaction, SESSION)

    store.submit(furnish)
    return store


def test_devices_are_listed_newest_first_with_their_active_sessions(furnished: Store) -> None:
    """Everybody's, or one user's, and no more than wanted."""
    everybody = furnished.read(devices.list_counted)
    hers = furnished.read(lambda view: devices.list_counted(view, user_id=ALICE.id))
    one = furnished.read(lambda view: devices.list_counted(view, limit=1))

    assert (everybody, hers, one) == ([(NEW, 0), (OLD, 1)], [(OLD, 1)], [(NEW, 0)])


def test_session_past_its_deadline_does_not_count(furnished: Store, clock: HandClock) -> None:
    """Whether or not its end was written down."""
    clock.advance(SESSION.idle_expires_at - SESSION.created_at)

    assert furnished.read(devices.list_counted) == [(NEW, 0), (OLD, 0)]


def test_changes_are_of_one_device(furnished: Store) -> None:
    """Its name, whether it is trusted, and whether it is there at all."""

    def change(transaction: Transaction) -> None:
        devices.set_name(transaction, OLD.id, "attic")
        devices.set_trusted(transaction, OLD.id, True)
        devices.remove(transaction, NEW.id)

    furnished.submit(change)

    left = furnished.read(devices.list_counted)
    assert left == [(replace(OLD, name="attic", trusted=True), 1)]


def test_session_outlives_its_device(furnished: Store) -> None:
    """With the id and the name that it had."""
    furnished.submit(lambda transaction: devices.remove(transaction, OLD.id))

    session = furnished.read(lambda view: sessions.find(view, SESSION.id))
    assert session is not None
    assert (session.device_id, session.device_name) == (OLD.id, "curl")
