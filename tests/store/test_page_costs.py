"""What a page costs, counted in steps of SQLite's machine: no more where the list is longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from protekt_cli.core import ids
from protekt_cli.models import SessionStatus
from protekt_cli.store import devices, events, measures, sessions, users
from protekt_cli.store.database import Store, Transaction, View
from protekt_cli.store.paging import Position
from tests.store.test_event_pages import recorded
from tests.store.test_paging import device_of, user_of
from tests.store.test_sessions import SESSION

Query = Callable[[View], object]

ACTIVE = sessions.Filter(status=SessionStatus.ACTIVE)
#: Beyond every clock.
FAR = 4_000_000_000
FIRST, NOBODY = user_of(0), user_of(1)
ORDERS = ("created", "-created", "expires", "-expires", "user", "-user")


def fill(store: Store, numbers: range) -> None:
    """Add for each number a user, a device, a living session and an event of it."""

    def put(transaction: Transaction) -> None:
        for number in numbers:
            user = user_of(number)
            users.add(transaction, user, user.email)
            devices.add(transaction, replace(device_of(number), user_id=user.id))
            session = replace(
                SESSION,
                id=ids.new_id(ids.Prefix.SESSION, number),
                user_id=user.id,
                idle_expires_at=FAR + number,
                refresh_expires_at=FAR + number,
                absolute_expires_at=FAR + number,
            )
            sessions.add(transaction, session)
            events.add(transaction, recorded(number + 1, "session:create", number, FIRST.id))

    store.submit(put)


def steps(store: Store, query: Query) -> int:
    """Return how many steps of SQLite's machine a query takes."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    store._connection.set_progress_handler(count, 1)
    try:
        store.read(query)
    finally:
        store._connection.set_progress_handler(None, 1)
    return taken


def costs(store: Store, query: Callable[[], Query]) -> tuple[int, int]:
    """Return what a query takes in a short list, and in one ten times as long."""
    fill(store, range(50))
    short = steps(store, query())
    fill(store, range(50, 500))
    return short, steps(store, query())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "middle"])
def test_sessions_cost_what_is_shown(store: Store, order: str, is_first: bool) -> None:
    """In the default order, and by user and expiry of the active ones; wherever the page is."""

    def middle(view: View) -> Position | None:
        half = measures.count_active(view) // 2
        return sessions.list_page(view, ACTIVE, order, half).next

    def query() -> Query:
        after = None if is_first else store.read(middle)
        return lambda view: sessions.list_page(view, ACTIVE, order, 10, after=after)

    short, long = costs(store, query)

    assert long < 1.5 * short


@pytest.mark.parametrize(
    "wanted",
    [
        events.Filter(),
        events.Filter("session:create"),
        events.Filter("session:*"),
        events.Filter("key:*"),
        events.Filter("session:*", FIRST.id),
        events.Filter("session:create", NOBODY.id),
    ],
    ids=["all", "type", "pattern", "none", "pattern-user", "type-nobody"],
)
def test_events_cost_what_is_shown(store: Store, wanted: events.Filter) -> None:
    """Of all types or one, of a pattern that fits many or none, of somebody."""
    short, long = costs(store, lambda: lambda view: events.list_last(view, wanted, 10, None))

    assert long < 1.5 * short


def test_devices_cost_what_is_shown(store: Store) -> None:
    """Each with its sessions counted."""
    short, long = costs(
        store, lambda: lambda view: devices.list_page(view, user_id=None, limit=10, after=None)
    )

    assert long < 1.5 * short
