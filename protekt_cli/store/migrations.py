"""The schema, as a list of migrations that sqlite-utils applies and records.

Imported only where a schema is made or changed: sqlite-utils takes longer to import than most
commands run. Ids are text, times whole Unix seconds; what the master key seals is a blob. An
index is there for each list that is shown, so that none grows with what it does not return.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database, Migrations

from protekt_cli import files
from protekt_cli.clock import Clock
from protekt_cli.store import sqlite
from protekt_cli.store.database import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    Row,
    Store,
    identify,
)
from protekt_cli.store.patience import patiently

migrations = Migrations("protekt")

#: What there is in a database: type, name and statement of each table and index.
SCHEMA = """
SELECT type, name, sql FROM sqlite_schema
WHERE name NOT LIKE 'sqlite_%' AND name <> '_sqlite_migrations' ORDER BY type, name
"""


@migrations(name="0001_first_light")
def _first_light(db: Database) -> None:
    _execute(db, _FIRST_LIGHT)


@migrations(name="0002_the_truth")
def _the_truth(db: Database) -> None:
    _execute(db, _THE_TRUTH)


def create(path: Path, clock: Clock, furnish: Callable[[Store], None]) -> None:
    """Create a private database at *path* with what *furnish* puts into it, whole or not at all.

    Raises:
        Conflict: There is a file already.
        StoreUnavailable: It cannot be created there.
    """
    with files.made_beside(path) as beside:
        _apply(beside)
        store = Store.open(beside, clock)
        try:
            furnish(store)
        finally:
            store.close()


def _execute(db: Database, script: str) -> None:
    """Execute a script's statements one by one: `executescript` would commit before it begins."""
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


def upgrade(path: Path, keep: Callable[[int], None]) -> tuple[int, int]:
    """Bring a database to this version's schema, and return the one it had and the one it has.

    Args:
        keep: Called with the old version before anything is changed, while nobody can write.

    Raises:
        StoreUnavailable: It is busy, foreign, or of a newer schema; nothing was changed.
    """
    connection = patiently(path, lambda: sqlite.open_existing(path))
    try:
        found = identify(path, connection)
        if found == SCHEMA_VERSION:
            return found, found
        patiently(path, lambda: connection.execute("BEGIN IMMEDIATE"))
        found = identify(path, connection)  # another process may have been first
        if found < SCHEMA_VERSION:
            keep(found)
            patiently(path, lambda: _apply_to(connection))
        patiently(path, lambda: connection.execute("COMMIT"))
        return found, SCHEMA_VERSION
    finally:
        connection.close()  # without its commit, the transaction is rolled back


def expected_schema() -> list[Row]:
    """Return what a new database has: type, name and statement of each table and index."""
    connection = sqlite.open_in_memory()
    try:
        _apply_to(connection)
        return connection.execute(SCHEMA).fetchall()
    finally:
        connection.close()


def _apply(path: Path) -> None:
    connection = sqlite.open_existing(path)
    try:
        # Outside the transaction: a journal mode cannot change inside one.
        connection.execute(f"PRAGMA journal_mode = {sqlite.journal_mode()}")
        # sqlite-utils begins DEFERRED, which loses races between two starts; in a transaction
        # that is there already it uses savepoints.
        patiently(path, lambda: connection.execute("BEGIN IMMEDIATE"))
        _apply_to(connection)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _apply_to(connection: sqlite.Connection) -> None:
    """Apply the migrations that are still to come."""
    migrations.apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


_FIRST_LIGHT = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    metadata TEXT NOT NULL,
    sealed_password BLOB,
    revocations INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    trusted INTEGER NOT NULL DEFAULT 0,
    ip TEXT,
    user_agent TEXT,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_by_user ON devices (user_id, id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    device_name TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    amr TEXT NOT NULL,
    claims TEXT NOT NULL,
    client_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    refreshed_at INTEGER,
    idle_expires_at INTEGER NOT NULL,
    refresh_expires_at INTEGER NOT NULL,
    absolute_expires_at INTEGER NOT NULL,
    sliding INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    rotated_at INTEGER,
    seen INTEGER NOT NULL DEFAULT 0,
    rotation_device_id TEXT,
    rotation_user_agent TEXT,
    rotation_ip TEXT,
    lost_answers INTEGER NOT NULL DEFAULT 0,
    salt BLOB NOT NULL,
    warned_of INTEGER,
    ended_at INTEGER,
    end_reason TEXT,
    end_note TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_live_by_user ON sessions (user_id, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_live ON sessions (id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_device ON sessions (device_id, id);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('next', 'active', 'retired', 'revoked')),
    sealed BLOB NOT NULL,
    public TEXT,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX signing_keys_one_each ON signing_keys (status)
    WHERE status IN ('next', 'active');

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('client', 'read', 'admin')),
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    user_id TEXT,
    session_id TEXT,
    device_id TEXT,
    ip TEXT,
    actor TEXT NOT NULL,
    reason TEXT,
    data TEXT NOT NULL,
    digest BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;

CREATE INDEX events_by_user ON events (user_id, seq) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_session ON events (session_id, seq) WHERE session_id IS NOT NULL;

CREATE TABLE throttle (
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    began_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reported INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY,
    event_seq INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'stopped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    last_error TEXT
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (url, event_seq)
    WHERE status = 'pending';
"""

_THE_TRUTH = """
CREATE INDEX sessions_by_expiry
    ON sessions (min(idle_expires_at, refresh_expires_at, absolute_expires_at), warned_of)
    WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX events_by_type ON events (type, seq);
CREATE INDEX events_by_at ON events (at);
"""
