"""API keys over the changes of a whole database: a new master key, and the way back to a copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protekt_cli.engine import api_keys
from protekt_cli.engine.backup import backup
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.rekey import rekey
from protekt_cli.engine.restore import Restore
from protekt_cli.models import ApiKey, Event
from tests.conftest import Install

Recorded = Callable[..., list[Event]]


def create(engine: Engine) -> tuple[ApiKey, str]:
    return engine.submit(
        lambda transaction: api_keys.create(engine, transaction, name="ci", actor="cli")
    )


def find(engine: Engine, presented: str) -> ApiKey | None:
    return engine.read(lambda view: api_keys.find(view, presented))


def revoke(engine: Engine, key: ApiKey) -> None:
    engine.submit(lambda transaction: api_keys.revoke(engine, transaction, key.id, actor="cli"))


def test_key_lives_on_under_a_new_master_key(engine: Engine, install: Install) -> None:
    """It is no secret of the master key's: programs go on with what they have."""
    key, presented = create(engine)
    key_file = engine.key_file
    assert key_file is not None

    rekey(engine, key_file, actor="cli")

    assert find(install(), presented) == key


def test_key_that_was_revoked_is_not_revived_by_a_copy(
    engine: Engine, install: Install, recorded: Recorded, tmp_path: Path
) -> None:
    """Not one of the copy, nor one that a later copy has; one that was good goes on."""
    good, good_key = create(engine)
    early, early_key = create(engine)
    backup(engine.store.path, tmp_path / "early.db", lambda _: None)
    late, late_key = create(engine)
    backup(engine.store.path, tmp_path / "late.db", lambda _: None)
    revoke(engine, early)
    revoke(engine, late)

    for name in ("early.db", "late.db"):
        work = Restore(engine.settings, {}, engine.store.clock, keep_sessions=False, dry_run=False)
        with work.prepare(tmp_path / name, lambda _: None) as (found, present):
            work.carry_out(found, present, lambda _: None)

    restored = install()
    assert find(restored, good_key) == good
    assert [find(restored, key) for key in (early_key, late_key)] == [None, None]
    revoked = {event.data["id"] for event in recorded("apikey:revoke")}
    assert revoked == {early.id, late.id}
