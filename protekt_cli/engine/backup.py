"""Copies of the database: one that was asked for, and those kept before something is changed.

Each is private, whole, taken from one snapshot while others write, and was looked at for damage.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from protekt_cli import files
from protekt_cli.clock import Instant
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.store import copying, inspection
from protekt_cli.store.copying import Progress


def backup(database: Path, target: Path, progress: Progress) -> int:
    """Write a copy of the database to *target*, and return its bytes.

    Raises:
        Conflict: There is a file already.
        StoreUnavailable: The database is damaged, or *target* cannot be written.
    """
    files.refuse_symlink(target)
    if files.is_there(target):
        raise Conflict(f"{target} is there already", hint="nothing was overwritten")
    with files.made_beside(target) as beside:
        copying.copy_live(database, beside, progress, named=target)
        damage = inspection.find_damage(beside, progress)
        if damage:
            raise StoreUnavailable(
                f"no copy of {database} was kept, for it is damaged: {damage[0]}",
                hint="see: protekt db check",
            )
        return beside.stat().st_size


def name_beside(database: Path, label: str, now: Instant) -> Path:
    """Return a free name beside the database that says what the copy is, and of when."""
    at = datetime.fromtimestamp(now.seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
    endings = ("", *(f"-{number}" for number in range(2, 100)))
    names = (database.with_name(f"{database.name}.{label}-{at}{ending}") for ending in endings)
    free = next((name for name in names if not files.is_there(name)), None)
    if free is None:
        raise Conflict(f"there are too many copies beside {database}", hint="move some away")
    return free
