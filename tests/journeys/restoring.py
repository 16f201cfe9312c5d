"""Taking a copy of an installation and going back to it, and changing databases meanwhile."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from protekt_cli.store import sqlite
from tests.journeys.installation import Installation


def back_up(installation: Installation) -> None:
    """Write the copy."""
    assert 0 == installation.run("db", "backup", "copy.db").code


def restore(installation: Installation, *options: str) -> Any:
    """Restore the copy, and return the report."""
    return installation.run("db", "restore", "copy.db", "--yes", "--json", *options).json()


def change(path: Path, *statements: str) -> None:
    """Change a database behind everybody's back."""
    with closing(sqlite.open_existing(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
