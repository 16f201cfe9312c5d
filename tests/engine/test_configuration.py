"""`config:change`: that the settings are others than at the last start, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protekt_cli.engine import configuration
from protekt_cli.engine.engine import Engine
from protekt_cli.store import meta
from tests.recorded import list_recorded

if TYPE_CHECKING:
    from tests.conftest import Install


def start(install: Install, flags: Mapping[str, object] = {}) -> Engine:
    """Start with these settings."""
    engine = install(flags)
    engine.submit(lambda transaction: configuration.record_change(engine, transaction))
    return engine


def changes(engine: Engine) -> list[Any]:
    """Return what every change told."""
    recorded = [each.event for each in engine.read(list_recorded)]
    return [event.data for event in recorded if event.type == "config:change"]


def test_first_start_and_same_settings_are_no_change(install: Install) -> None:
    """There is nothing to compare with, or no difference."""
    start(install)

    assert [] == changes(start(install))


def test_change_names_the_keys_and_no_value(install: Install) -> None:
    """Those that are others now, once, and again when they are changed back."""
    start(install)
    start(install, {"tokens.access_ttl": "17m", "tokens.audience": "hush"})
    start(install, {"tokens.access_ttl": "17m", "tokens.audience": "hush"})
    engine = start(install)

    keys = {"keys": ["tokens.audience", "tokens.access_ttl"]}
    assert [keys, keys] == changes(engine)
    assert "hush" not in str(engine.read(lambda view: view.rows("SELECT * FROM meta")))


def test_new_master_key_is_no_change(install: Install) -> None:
    """What was kept under the old one tells nothing."""
    engine = start(install)

    kept = str(engine.read(lambda view: meta.find(view, "settings_digest")))
    check = engine.read(engine.vault_at).check.hex()
    replaced = kept.replace(check, "00" * 16)
    engine.submit(lambda transaction: meta.put(transaction, "settings_digest", replaced))

    assert [] == changes(start(install, {"tokens.access_ttl": "17m"}))
