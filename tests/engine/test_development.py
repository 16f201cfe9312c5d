"""Which installations are for development, and which addresses are this machine's alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.engine import development, setup
from protekt_cli.errors import Forbidden, Usage
from protekt_cli.store import meta
from protekt_cli.store.database import Store, Transaction
from tests.conftest import NOTHING, HandClock, Install, Person, configure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LocalHost"])
def test_address_of_this_machine_is_let_in(tmp_path: Path, host: str) -> None:
    """What is on the loopback by its very name may serve for development."""
    development.refuse_reachable(configure(tmp_path, {"server.host": host}))


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",  # noqa: S104 # refused, not bound
        "::",
        "192.168.0.1",
        "localhost.example.com",
        "127.0.0.1.nip.io",
        "2130706433",
    ],
)
def test_address_that_others_may_reach_is_refused(tmp_path: Path, host: str) -> None:
    """Any other host, and any name that only its resolver vouches for, may not."""
    with pytest.raises(Usage):
        development.refuse_reachable(configure(tmp_path, {"server.host": host}))


def test_database_with_users_is_claimed_only_once_marked(alice: Person) -> None:
    """Users keep a database from being marked, and do not unmark one."""
    engine = alice.engine
    with pytest.raises(Usage):
        development.claim(engine)

    engine.submit(lambda transaction: meta.put(transaction, meta.DEV, 1))
    development.claim(engine)

    assert engine.read(lambda view: meta.find(view, meta.DEV)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda transaction: development.move_clock(transaction, 60),
        development.restore_clock,
        development.empty,
    ],
    ids=["move", "restore", "empty"],
)
def test_database_that_lost_its_mark_is_left_alone(
    alice: Person, change: Callable[[Transaction], None]
) -> None:
    """As after a restore beside a running server: what is there now was not made for it."""
    with pytest.raises(Forbidden):
        alice.engine.submit(change)

    assert alice.login().user.id == alice.id


def test_claim_lets_the_open_engine_go_by_the_moved_clock(
    install: Install, clock: HandClock
) -> None:
    """Who marked the database need not open it anew."""
    engine = install()
    development.claim(engine)

    engine.submit(lambda transaction: development.move_clock(transaction, 60))

    assert engine.store.now() == clock.now().moved(60_000)


def test_moved_clock_is_refused_where_nobody_asked_for_it(install: Install) -> None:
    """A server that is not for development does not run on a clock that is not real."""
    engine = install()
    development.claim(engine)
    development.refuse_moved_clock(engine)
    engine.submit(lambda transaction: development.move_clock(transaction, 1))

    with pytest.raises(Usage):
        development.refuse_moved_clock(engine)


def test_new_installation_can_be_made_for_development(tmp_path: Path, clock: HandClock) -> None:
    """The mark is in the database from its first moment, and only where it was asked for."""
    marked, plain = tmp_path / "marked", tmp_path / "plain"
    for folder in (marked, plain):
        folder.mkdir()
        setup.install(configure(folder), NOTHING, clock, is_dev=folder is marked)

    found = [_mark(folder, clock) for folder in (marked, plain)]

    assert found == [1, None]


def _mark(folder: Path, clock: HandClock) -> object:
    store = Store.open(configure(folder).database.path, clock)
    try:
        return store.read(lambda view: meta.find(view, meta.DEV))
    finally:
        store.close()
