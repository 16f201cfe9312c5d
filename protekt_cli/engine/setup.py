"""Making an installation: the database, its master key and its first signing keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from protekt_cli import files
from protekt_cli.clock import Clock
from protekt_cli.config import Settings
from protekt_cli.core.vault import Vault
from protekt_cli.engine import development, keys, master_key
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import meta, migrations
from protekt_cli.store.database import Store


def install(
    settings: Settings, environ: Mapping[str, str], clock: Clock, *, is_dev: bool = False
) -> list[Path]:
    """Make what is not there yet, adopt what is, and return the files that were made.

    What fails leaves nothing behind.

    Args:
        is_dev: It is for development: mark the database.

    Raises:
        Usage: It is for development, and the database has users and no mark.
        StoreUnavailable: A database is there without its key, or a key file without its
            database; or the files cannot be written.
    """
    database = settings.database.path
    present = master_key.find(database, environ)
    if files.is_there(database):
        _adopt(settings, environ, clock, is_dev=is_dev)
        return []
    key_file = master_key.key_file(database, environ)
    if present and not master_key.is_given(environ):
        raise StoreUnavailable(
            f"there is a master key at {key_file}, and no database at {database}",
            hint="restore the database that belongs to it, or move the key away",
        )
    if present:
        _create(settings, environ, clock, present[0], is_dev=is_dev)
        return [database]
    key = master_key.create(key_file)
    try:
        _create(settings, environ, clock, key, is_dev=is_dev)
    except BaseException:
        key_file.unlink()
        raise
    return [key_file, database]


def _adopt(settings: Settings, environ: Mapping[str, str], clock: Clock, *, is_dev: bool) -> None:
    """Check that a database and the master key belong together."""
    engine = Engine.open(settings, environ, clock)
    try:
        engine.unlock()
        if is_dev:
            development.claim(engine)
    finally:
        engine.close()


def _create(
    settings: Settings, environ: Mapping[str, str], clock: Clock, key: bytes, *, is_dev: bool
) -> None:
    """Create the database with what no installation works without."""
    check = Vault(key).check

    def furnish(store: Store) -> None:
        store.submit(lambda transaction: meta.put(transaction, meta.MASTER_KEY_CHECK, check))
        engine = Engine(settings, store, environ)
        engine.submit(lambda transaction: keys.ensure(engine, transaction))
        if is_dev:
            development.claim(engine)

    migrations.create(settings.database.path, clock, furnish)
