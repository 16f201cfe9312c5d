"""Replacing what a database holds by what a copy holds, in the one transaction that others see.

In it `restored` is the copy that comes and `replaced` is a copy of what goes; both are read only.
What is never given up here is what the replaced one says has ended.
"""

from __future__ import annotations

from pathlib import Path

from protekt_cli.store.database import Row, Transaction, View

#: In an order that no foreign key minds. Signing keys are not among them, for verifiers know the
#: ones in use and a revoked one must not come back; nor is the throttle, which forgets nothing.
_TABLES = ("users", "devices", "sessions", "api_keys", "events", "webhook_deliveries")
#: Values that say what an installation is, not what is in it.
_OWN_VALUES = "('dev', 'clock_offset')"


def attach(transaction: Transaction, name: str, path: Path) -> None:
    """Let the transaction read a copy, that nobody else has open, under a schema's *name*."""
    file = f"{path.absolute().as_uri()}?immutable=1"
    transaction.run(f"ATTACH :file AS {name}", {"file": file})


def put_in_place(transaction: Transaction) -> None:
    """Take away what there is, and put in what `restored` holds."""
    for table in reversed(_TABLES):
        transaction.run(f"DELETE FROM main.{table}")
    for table in _TABLES:
        transaction.run(f"INSERT INTO main.{table} SELECT * FROM restored.{table}")
    transaction.run("DELETE FROM main.meta")
    transaction.run(
        f"INSERT INTO main.meta SELECT * FROM restored.meta WHERE name NOT IN {_OWN_VALUES}"
    )
    # A database for development may be emptied by anybody: it is one only where both were.
    transaction.run(
        f"INSERT INTO main.meta SELECT * FROM replaced.meta WHERE name IN {_OWN_VALUES}"
        " AND EXISTS (SELECT 1 FROM restored.meta WHERE name = 'dev')"
    )


def keep_counters(transaction: Transaction) -> None:
    """Let no counter go back that a login under way compares."""
    transaction.run(
        "UPDATE users SET revocations = max(users.revocations, old.revocations)"
        " FROM replaced.users AS old WHERE old.id = users.id"
    )
    transaction.run(
        "INSERT INTO main.meta SELECT * FROM replaced.meta WHERE name = 'revocations'"
        " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
    )


def keep_deadlines(transaction: Transaction) -> None:
    """Let a session that lives in both be as lately used as it was."""
    transaction.run(
        "UPDATE sessions SET last_active_at = max(sessions.last_active_at, old.last_active_at),"
        " idle_expires_at = max(sessions.idle_expires_at, old.idle_expires_at),"
        " refresh_expires_at = max(sessions.refresh_expires_at, old.refresh_expires_at)"
        " FROM replaced.sessions AS old"
        " WHERE old.id = sessions.id AND old.ended_at IS NULL AND sessions.ended_at IS NULL"
    )


def list_ended(view: View) -> list[Row]:
    """Return id, reason and note of sessions that `replaced` says ended, or no longer has."""
    return view.rows(
        "SELECT new.id, old.end_reason, old.end_note FROM main.sessions AS new"
        " LEFT JOIN replaced.sessions AS old ON old.id = new.id"
        " WHERE new.ended_at IS NULL AND (old.id IS NULL OR old.ended_at IS NOT NULL)"
        " ORDER BY new.id"
    )


def list_unended(view: View) -> list[str]:
    """Return the ids of all sessions of which no end is written down."""
    rows = view.rows("SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY id")
    return [session_id for (session_id,) in rows]


def salt_anew(transaction: Transaction) -> None:
    """Give every session that has not ended a new family of refresh tokens."""
    transaction.run("UPDATE sessions SET salt = randomblob(16) WHERE ended_at IS NULL")


def disable_users(transaction: Transaction) -> list[str]:
    """Disable the users that are disabled in `replaced`, and return their ids."""
    rows = transaction.rows(
        "UPDATE users SET status = 'disabled' WHERE status = 'active' AND id IN"
        " (SELECT id FROM replaced.users WHERE status = 'disabled') RETURNING id"
    )
    return sorted(user_id for (user_id,) in rows)


def list_returned_users(view: View) -> list[str]:
    """Return the ids of users that `replaced` does not have."""
    rows = view.rows(
        "SELECT id FROM main.users WHERE id NOT IN (SELECT id FROM replaced.users) ORDER BY id"
    )
    return [user_id for (user_id,) in rows]


def revoke_api_keys(transaction: Transaction) -> list[str]:
    """Revoke the API keys that are revoked in `replaced`, and return their ids.

    One that the copy does not know is put in, so that a later copy does not revive it.
    """
    rows = transaction.rows(
        "UPDATE api_keys SET revoked_at = old.revoked_at FROM replaced.api_keys AS old"
        " WHERE old.id = api_keys.id AND old.revoked_at IS NOT NULL"
        " AND api_keys.revoked_at IS NULL RETURNING api_keys.id"
    )
    transaction.run(
        "INSERT INTO main.api_keys SELECT * FROM replaced.api_keys AS old"
        " WHERE old.revoked_at IS NOT NULL AND old.id NOT IN (SELECT id FROM main.api_keys)"
    )
    return sorted(key_id for (key_id,) in rows)


def remove_devices(transaction: Transaction) -> int:
    """Remove the devices that a user in `replaced` no longer has; return how many."""
    return transaction.run(
        "DELETE FROM devices WHERE user_id IN (SELECT id FROM replaced.users)"
        " AND id NOT IN (SELECT id FROM replaced.devices)"
    )
