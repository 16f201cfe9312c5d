"""The table of tries that failed: how many of each subject, and since when they are counted."""

from __future__ import annotations

from dataclasses import dataclass

from protekt_cli.store.database import Transaction, View


@dataclass(frozen=True, slots=True)
class Window:
    """Tries that are counted together: they are forgotten together."""

    began_at: int
    attempts: int = 0
    #: Whether it is on record that the next one was refused.
    reported: bool = False


def find(view: View, kind: str, subject: bytes) -> Window | None:
    row = view.one(
        "SELECT began_at, attempts, reported FROM throttle"
        " WHERE kind = :kind AND subject = :subject",
        {"kind": kind, "subject": subject},
    )
    return Window(row[0], row[1], bool(row[2])) if row else None


def put(transaction: Transaction, kind: str, subject: bytes, window: Window) -> None:
    """Write a window, in the place of the one that was there."""
    transaction.run(
        "INSERT INTO throttle (kind, subject, began_at, attempts, reported)"
        " VALUES (:kind, :subject, :began_at, :attempts, :reported)"
        " ON CONFLICT (kind, subject) DO UPDATE SET began_at = :began_at,"
        " attempts = :attempts, reported = :reported",
        {
            "kind": kind,
            "subject": subject,
            "began_at": window.began_at,
            "attempts": window.attempts,
            "reported": window.reported,
        },
    )


def remove(transaction: Transaction, kind: str, subject: bytes) -> None:
    transaction.run(
        "DELETE FROM throttle WHERE kind = :kind AND subject = :subject",
        {"kind": kind, "subject": subject},
    )


def remove_beginning_with(transaction: Transaction, kind: str, beginning: bytes) -> None:
    """Delete the windows of all subjects that begin so and go on in ASCII."""
    transaction.run(
        "DELETE FROM throttle WHERE kind = :kind AND subject >= :first AND subject < :end",
        {"kind": kind, "first": beginning, "end": beginning + b"\xff"},
    )


def remove_over(transaction: Transaction, now: int, length: int, limit: int) -> int:
    """Delete windows that are over, or yet to begin; return how many they were."""
    return transaction.run(
        "DELETE FROM throttle WHERE (kind, subject) IN (SELECT kind, subject FROM throttle"
        " WHERE began_at <= :now - :length OR began_at > :now LIMIT :limit)",
        {"now": now, "length": length, "limit": limit},
    )
