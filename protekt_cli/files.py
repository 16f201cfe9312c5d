"""Files that hold secrets: mode 0600 under any umask, whole or not there, never through a link."""

from __future__ import annotations

import fcntl
import glob
import os
import stat
from collections.abc import Callable, Iterator
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


def is_there(path: Path) -> bool:
    """Whether there is anything at *path*.

    Raises:
        StoreUnavailable: It cannot be looked for.
    """
    try:
        return path.exists()
    except OSError as error:
        raise StoreUnavailable(f"cannot look for {path}: {_reason(error)}") from error


def write_private(path: Path, content: bytes, *, overwrite: bool = True) -> None:
    """Write *content* beside *path* and rename it into place, so that no half is ever seen.

    Raises:
        Conflict: The file is there already and *overwrite* is false.
        StoreUnavailable: It is a symbolic link, or cannot be written.
    """
    with _reported(path):
        refuse_symlink(path)
        beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        try:
            _write_new(beside, content)
            if overwrite:
                beside.replace(path)
            else:
                path.hardlink_to(beside)  # unlike a rename, fails where the name is taken
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)


@contextmanager
def replacing(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Hold a file that is there against others who hold it so, and give what replaces it whole.

    What replaces it keeps its mode and its owner. What is read within the block is what is
    replaced.

    Raises:
        StoreUnavailable: It is a symbolic link, or cannot be opened or written.
    """
    with _reported(path):
        refuse_symlink(path)
        descriptor = _locked(path)
    try:
        status = os.fstat(descriptor)

        def replace(content: bytes) -> None:
            with _reported(path):
                beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
                try:
                    _write_new(beside, content)
                    if os.geteuid() == 0:
                        os.chown(beside, status.st_uid, status.st_gid)
                    beside.chmod(stat.S_IMODE(status.st_mode))
                    beside.replace(path)
                finally:
                    beside.unlink(missing_ok=True)
                _sync_folder(path.parent)

        yield replace
    finally:
        os.close(descriptor)  # which gives the lock back


def _locked(path: Path) -> int:
    """Open and lock the file that has the name *path* once the lock is won."""
    while True:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # whoever held it has put another in its place


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """Give the name of an empty private file in the folder of *path*.

    For a library that opens its files by name. It is taken away at the end, with all that was
    laid beside it.

    Raises:
        StoreUnavailable: It cannot be created.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:  # from before it is there: whoever is interrupted leaves nothing
        with _reported(path):
            _write_new(beside, b"")
        yield beside
    finally:
        for leftover in path.parent.glob(f"{glob.escape(beside.name)}*"):
            leftover.unlink()


@contextmanager
def made_beside(path: Path) -> Iterator[Path]:
    """Give the name of an empty private file, and at the end the name *path* to what it became.

    Raises:
        Conflict: There is a file at *path* by then.
        StoreUnavailable: It is a symbolic link, or cannot be created.
    """
    refuse_symlink(path)
    with scratch_beside(path) as beside:
        yield beside
        put_in_place(beside, path)


def put_in_place(beside: Path, path: Path) -> None:
    """Give a file that was written beside it the name *path*, durably.

    Raises:
        Conflict: There is a file at *path*.
        StoreUnavailable: It cannot be written there.
    """
    with _reported(path):
        path.hardlink_to(beside)  # unlike a rename, fails where the name is taken
        _sync_folder(path.parent)


def change_places(beside: Path, path: Path, kept: Path) -> None:
    """Give the file at *path* the name *kept*, privately, and the one beside it its name.

    At no moment is there nothing at *path*.

    Raises:
        Conflict: There is a file at *kept*.
        StoreUnavailable: It cannot be written there.
    """
    with _reported(path):
        kept.hardlink_to(path)
        kept.chmod(PRIVATE)
        beside.replace(path)
        _sync_folder(path.parent)


def scratch_of(path: Path) -> list[Path]:
    """Return what was written beside *path* to take its place, and still lies there."""
    pattern = f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}*"
    return sorted(path.parent.glob(pattern))


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
            f"cannot write {path}: {_reason(error)}",
            hint="check that the folder is there and that you may write in it",
        ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
