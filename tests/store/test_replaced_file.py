"""A database whose file is replaced or taken away under an open store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import meta, migrations
from protekt_cli.store.database import Store, View


def mark_in(view: View) -> str | None:
    return meta.find(view, "mark")


def find_mark(store: Store) -> str | None:
    return store.read(mark_in)


def put_mark(store: Store, mark: str) -> None:
    store.submit(lambda transaction: meta.put(transaction, "mark", mark))


def take_away(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def test_a_store_follows_the_file_that_takes_its_place(
    store: Store, path: Path, clock: Clock
) -> None:
    """It reads and writes what every other process has before it."""
    put_mark(store, "old")
    take_away(path)
    migrations.create(path, clock, lambda made: put_mark(made, "new"))

    found = find_mark(store)
    put_mark(store, "newer")

    assert found == "new"
    other = Store.open(path, clock)
    assert find_mark(other) == "newer"
    other.close()


def test_a_store_whose_file_is_gone_is_unavailable(store: Store, path: Path) -> None:
    """The file that is still open would answer for this process alone."""
    take_away(path)

    with pytest.raises(StoreUnavailable, match="there is no database"):
        find_mark(store)
    with pytest.raises(StoreUnavailable, match="there is no database"):
        put_mark(store, "lost")


@pytest.mark.parametrize("ask", [Store.read, Store.look_up])
def test_one_look_at_the_path_does_for_all_who_wait(
    store: Store, path: Path, clock: Clock, ask: Callable[..., str | None]
) -> None:
    """And for nobody who asks when they have been answered."""
    put_mark(store, "old")
    afterwards: list[Callable[[], None]] = []
    store.look_once(afterwards.append)

    first = ask(store, mark_in)
    take_away(path)
    migrations.create(path, clock, lambda made: put_mark(made, "new"))
    waiting = [ask(store, mark_in) for _ in range(3)]
    [forget] = afterwards
    forget()
    later = ask(store, mark_in)

    assert (first, waiting, later) == ("old", ["old"] * 3, "new")


def test_a_look_up_notices_that_the_file_is_gone(store: Store, path: Path) -> None:
    """It looks where reading looks."""
    take_away(path)

    with pytest.raises(StoreUnavailable, match="there is no database"):
        store.look_up(mark_in)
