"""Bringing an older database to this version's schema, and keeping what it was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from protekt_cli import files
from protekt_cli.clock import Clock
from protekt_cli.engine.backup import backup, name_beside
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import migrations
from protekt_cli.store.copying import Progress


@dataclass(frozen=True, slots=True)
class Report:
    """The schema's version before and after, and the copy of what it was."""

    before: int
    after: int
    kept: Path | None


def migrate(database: Path, clock: Clock, progress: Progress) -> Report:
    """Bring the database up to date, unless it is.

    Raises:
        StoreUnavailable: It is missing, busy, damaged, foreign or newer; nothing was changed.
    """
    if not files.is_there(database):
        raise StoreUnavailable(
            f"there is no database at {database}", hint="make one with: protekt init"
        )
    kept: list[Path] = []

    def keep(version: int) -> None:
        copy = name_beside(database, f"schema-{version}", clock.now())
        backup(database, copy, progress)
        kept.append(copy)

    try:
        before, after = migrations.upgrade(database, keep)
    except BaseException:
        for copy in kept:
            copy.unlink()
        raise
    return Report(before, after, kept[0] if kept else None)
