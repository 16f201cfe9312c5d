"""Pages of lists that are sorted by id alone, and change between two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.core import ids
from protekt_cli.models import Device, User
from protekt_cli.store import devices, users
from protekt_cli.store.database import Store, Transaction
from protekt_cli.store.paging import Position
from tests.store.test_sessions import ALICE


class Undone(Exception):
    """Takes an example's rows back."""


_INDEX = st.integers(0, 20)


def user_of(number: int) -> User:
    return replace(ALICE, id=ids.new_id(ids.Prefix.USER, number), email=f"{number}@example.com")


def device_of(number: int) -> Device:
    return Device(
        id=ids.new_id(ids.Prefix.DEVICE, number),
        user_id=ALICE.id,
        name="curl",
        kind="program",
        trusted=False,
        ip=None,
        user_agent=None,
        first_seen_at=number,
        last_seen_at=number,
    )


def _add_user(transaction: Transaction, number: int) -> str:
    user = user_of(number)
    users.add(transaction, user, f"{user.id}@example.com")
    return user.id


def _add_device(transaction: Transaction, number: int) -> str:
    device = device_of(number)
    devices.add(transaction, device)
    return device.id


def _user_page(
    transaction: Transaction, limit: int, after: Position | None
) -> tuple[list[str], Position | None]:
    page = users.list_page(transaction, status=None, search="EXAMPLE", limit=limit, after=after)
    return [user.id for user in page.items], page.next


def _device_page(
    transaction: Transaction, limit: int, after: Position | None
) -> tuple[list[str], Position | None]:
    page = devices.list_page(transaction, user_id=ALICE.id, limit=limit, after=after)
    return [device.id for device, _ in page.items], page.next


@pytest.mark.parametrize(
    ("add", "remove", "list_page"),
    [(_add_user, users.remove, _user_page), (_add_device, devices.remove, _device_page)],
    ids=["users", "devices"],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    count=st.integers(0, 9),
    batches=st.lists(st.lists(_INDEX | st.none(), max_size=3), max_size=9),
    limit=st.integers(1, 3),
)
def test_a_row_that_stays_is_in_exactly_one_page(
    store: Store,
    add: Callable[[Transaction, int], str],
    remove: Callable[[Transaction, str], None],
    list_page: Callable[..., tuple[list[str], Position | None]],
    count: int,
    batches: list[list[int | None]],
    limit: int,
) -> None:
    """Newest first, whatever comes and goes meanwhile."""

    def read_through(transaction: Transaction) -> None:
        if add is _add_device:
            users.add(transaction, ALICE, "alice@example.com")
        there = [add(transaction, number) for number in range(count)]
        stays, (seen, after) = set(there), list_page(transaction, limit, None)
        for number, batch in enumerate([*batches, *[[]] * 20]):
            if after is None:
                break
            for index in batch:
                if index is None:
                    add(transaction, count + number)
                elif stays:
                    gone = sorted(stays)[index % len(stays)]
                    stays.discard(gone)
                    remove(transaction, gone)
            ids_, after = list_page(transaction, limit, after)
            seen += ids_
        assert after is None
        assert len(seen) == len(set(seen))
        assert stays <= set(seen) <= set(there)
        assert seen == sorted(seen, reverse=True)
        raise Undone

    with pytest.raises(Undone):
        store.submit(read_through)


def test_a_search_goes_on_until_a_page_is_full(store: Store) -> None:
    """However many fit none of it in between."""

    def put(transaction: Transaction) -> str:
        found = _add_user(transaction, 0)
        for number in range(1, 1200):
            user = replace(user_of(number), email="x@elsewhere.org", name="Zoë")
            users.add(transaction, user, user.id)
        return found

    found = store.submit(put)

    page = store.read(
        lambda view: users.list_page(view, status=None, search="EXAMPLE", limit=1, after=None)
    )

    assert ([user.id for user in page.items], page.next) == ([found], None)
