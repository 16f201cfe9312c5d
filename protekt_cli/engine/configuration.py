"""Noticing that the settings are others than at the last start, without keeping any of them."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from protekt_cli.config import reference
from protekt_cli.core.vault import Vault
from protekt_cli.engine import events
from protekt_cli.engine.engine import Engine
from protekt_cli.store import meta
from protekt_cli.store.database import Transaction

_SETTINGS_DIGEST = "settings_digest"


def record_change(engine: Engine, transaction: Transaction) -> None:
    """Write `config:change` with the names of the keys whose values are not the last start's.

    Digests under a master key that was replaced since tell nothing: then there is no event.
    """
    vault = engine.vault_at(transaction)
    digests = _digests(engine, vault)
    known = meta.find(transaction, _SETTINGS_DIGEST)
    kept = json.dumps({"check": vault.check.hex(), "digests": digests})
    if known == kept:
        return
    meta.put(transaction, _SETTINGS_DIGEST, kept)
    before = _read(known) if known else {}
    if before.get("check") != vault.check.hex():
        return
    known_digests = before.get("digests", {})
    changed = [name for name in digests if digests[name] != known_digests.get(name)]
    data = {"keys": changed}
    if changed:
        events.append(engine, transaction, "config:change", actor=events.SYSTEM, data=data)


def _read(known: str) -> dict[str, Any]:
    """Return what was kept; where it is damaged it tells nothing either."""
    try:
        kept: dict[str, Any] = json.loads(known)
    except (ValueError, TypeError):
        return {}
    return kept


def _digests(engine: Engine, vault: Vault) -> dict[str, str]:
    return {
        key.name: vault.setting_digest(key.name, _text(engine.settings.value(key.name)))
        for key in reference()
    }


def _text(value: object) -> str:
    return json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
