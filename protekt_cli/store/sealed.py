"""What the master key seals, row by row, so that it can be sealed anew under another one."""

from __future__ import annotations

from collections.abc import Iterator

from protekt_cli.store.database import Transaction, View

#: Rows that are held in memory at once.
_PAGE = 5000


def passwords(view: View) -> Iterator[tuple[str, bytes]]:
    """Yield the id of every user that has a password, and its sealed hash."""
    start = ""
    while page := view.rows(
        "SELECT id, sealed_password FROM users"
        " WHERE id > :start AND sealed_password IS NOT NULL ORDER BY id LIMIT :limit",
        {"start": start, "limit": _PAGE},
    ):
        yield from page
        start = page[-1][0]


def event_seals(view: View) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield `seq`, digest and seal of every event."""
    start = 0
    while page := view.rows(
        "SELECT seq, digest, seal FROM events WHERE seq > :start ORDER BY seq LIMIT :limit",
        {"start": start, "limit": _PAGE},
    ):
        yield from page
        start = page[-1][0]


def set_event_seal(transaction: Transaction, seq: int, seal: bytes) -> None:
    """Replace the seal of an event, whose digest stays what it is."""
    transaction.run("UPDATE events SET seal = :seal WHERE seq = :seq", {"seal": seal, "seq": seq})
