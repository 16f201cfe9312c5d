"""Files that hold secrets: mode 0600 under any umask, whole or not there, never through a link."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protekt_cli.errors import Conflict, StoreUnavailable

PRIVATE = 0o600


def refuse_symlink(path: Path) -> None:
    """Refuse to write where somebody may have laid a link to another file.

    Raises:
        StoreUnavailable: *path* itself is a symbolic link.
    """
    if path.is_symlink():
        raise StoreUnavailable(
            f"{path} is a symbolic link: not writing through it",
            hint="name the file that it points to, or remove the link",
        )


def write_private(path: Path, content: bytes, *, overwrite: bool = True) -> None:
    """Write *content* beside *path* and rename it into place, so that no half is ever seen.

    Raises:
        Conflict: The file is there already and *overwrite* is false.
        StoreUnavailable: It is a symbolic link, or cannot be written.
    """
    refuse_symlink(path)
    with _reported(path):
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _write_new(beside, content)
            if overwrite:
                beside.replace(path)
            else:
                path.hardlink_to(beside)  # unlike a rename, fails where the name is taken
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)


def create_private(path: Path) -> None:
    """Create an empty private file, for a library that opens it by name afterwards.

    Raises:
        StoreUnavailable: It is a symbolic link, or cannot be created.
    """
    refuse_symlink(path)
    with _reported(path):
        _write_new(path, b"")


def is_loose(path: Path) -> bool:
    """Whether others than its owner may read or write the file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _write_new(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, PRIVATE)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the folder's own entry is synced apart from the file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise Conflict(f"{path} is there already", hint="nothing was overwritten") from None
    except OSError as error:
        raise StoreUnavailable(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}",
            hint="check that the folder is there and that you may write in it",
        ) from error
