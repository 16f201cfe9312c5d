"""A database whose file is replaced or taken away under an open store."""

from __future__ import annotations

from pathlib import Path

import pytest

from protekt_cli.clock import Clock
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import meta, migrations
from protekt_cli.store.database import Store


def find_mark(store: Store) -> str | None:
    return store.read(lambda view: meta.find(view, "mark"))


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
