"""A new configuration file, written whole; one that is there is never edited, only replaced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from protekt_cli.files import write_private


def write_new(
    path: Path, values: Mapping[str, Mapping[str, object]], *, overwrite: bool = False
) -> None:
    """
    Write *values*, by section and key, to a private file.

    Raises:
        Conflict: The file is there already and *overwrite* is false.
        StoreUnavailable: It cannot be written.
    """
    import tomli_w  # only a command that writes a file pays for it

    write_private(path, tomli_w.dumps(values).encode(), overwrite=overwrite)
