"""Whether the database is whole: what can be told of its structure without the master key."""

from __future__ import annotations

from pathlib import Path

from protekt_cli import files
from protekt_cli.errors import StoreUnavailable
from protekt_cli.store import inspection
from protekt_cli.store.copying import Progress


def check(path: Path, progress: Progress) -> list[str]:
    """Return what is wrong with a database; nothing where it is whole.

    Raises:
        StoreUnavailable: It is missing, cannot be got at, or is of another version.
    """
    if not files.is_there(path):
        raise StoreUnavailable(
            f"there is no database at {path}", hint="make one with: protekt init"
        )
    return faults(path, progress)


def faults(path: Path, progress: Progress) -> list[str]:
    """Return what is wrong with a database that is there."""
    oddities = inspection.find_oddities(path, progress)  # first, for it may be of another version
    return list(dict.fromkeys(inspection.find_damage(path, progress) + oddities))
