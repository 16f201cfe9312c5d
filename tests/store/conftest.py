"""A store of its own, and sessions to put into it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from protekt_cli.clock import Clock, monotonic
from protekt_cli.store import migrations, patience
from protekt_cli.store.database import Store


@pytest.fixture
def path(tmp_path: Path, clock: Clock) -> Path:
    """Where a new, empty database is."""
    path = tmp_path / "protekt.db"
    migrations.create(path, clock, lambda store: None)
    return path


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[Store]:
    """That database, opened."""
    store = Store.open(path, clock)
    yield store
    store.close()


@pytest.fixture
def has_waited(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once an attempt on a busy store has failed and another one is due."""
    looked, has_waited = 0, threading.Event()

    def look() -> float:
        nonlocal looked
        looked += 1
        if looked > 1:  # the first look is before the first attempt
            has_waited.set()
        return monotonic()

    monkeypatch.setattr(patience, "monotonic", look)
    return has_waited
