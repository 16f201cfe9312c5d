"""Where the master key lives, outside the database: a variable, a file it names, or beside it.

While the database changes over to a new key its file holds both, the new one first, so that a
crash at any moment leaves a key that opens the database; the check in the database says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from protekt_cli import files
from protekt_cli.core import vault
from protekt_cli.errors import StoreUnavailable

VARIABLE = "PROTEKT_MASTER_KEY"
FILE_VARIABLE = "PROTEKT_MASTER_KEY_FILE"
FILE_NAME = "protekt.key"

_PUT_BACK = "put back the protekt.key that belongs to this database"
#: In a file while the database changes over from one to the other.
_MOST_KEYS = 2


def key_file(database: Path, environ: Mapping[str, str]) -> Path:
    """Return the file that is read where the variable does not hold the key itself."""
    named = environ.get(FILE_VARIABLE)
    return Path(named) if named else database.with_name(FILE_NAME)


def is_given(environ: Mapping[str, str]) -> bool:
    """Whether a variable says what the master key is, so that none is made."""
    return bool(environ.get(VARIABLE) or environ.get(FILE_VARIABLE))


def key_file_in_use(database: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the file that holds the key, or None where the variable itself does."""
    return None if environ.get(VARIABLE) else key_file(database, environ)


def find(database: Path, environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the master key, or two where the file is between them; none where there is none.

    Raises:
        StoreUnavailable: What is there cannot be read, or is no key.
    """
    path = key_file_in_use(database, environ)
    if path is None:
        return (_parse(environ[VARIABLE], VARIABLE),)
    try:
        lines = path.read_text("ascii").strip().splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnavailable(f"cannot read the master key in {path}: {error}") from error
    if not 1 <= len(lines) <= _MOST_KEYS:
        raise StoreUnavailable(
            f"what is in {path} is no master key: it has {len(lines)} lines", hint=_PUT_BACK
        )
    return tuple(_parse(line, str(path)) for line in lines)


def get(database: Path, environ: Mapping[str, str], check: bytes) -> bytes:
    """Return the master key that *check* tells from others.

    Raises:
        StoreUnavailable: The key is missing, unreadable, no key, or another database's.
    """
    keys = find(database, environ)
    if not keys:
        raise StoreUnavailable(
            f"the master key is missing: there is no {key_file(database, environ)}",
            hint=f"put the file back, or set {VARIABLE}; without it no token and no password"
            " of this database can be checked",
        )
    for key in keys:
        if vault.Vault(key).check == check:
            return key
    raise StoreUnavailable(
        f"the master key is not the one of {database}",
        hint=_PUT_BACK,
    )


def create(path: Path) -> bytes:
    """Write a new master key to a private file that is not there yet, and return it."""
    key = vault.new_master_key()
    write(path, key, overwrite=False)
    return key


def write(path: Path, *keys: bytes, overwrite: bool) -> None:
    """Write a master key, or two for the time between them, to a private file.

    Raises:
        Conflict: The file is there already and *overwrite* is false.
        StoreUnavailable: It is a symbolic link, or cannot be written.
    """
    lines = "".join(f"{key.hex()}\n" for key in keys)
    files.write_private(path, lines.encode(), overwrite=overwrite)


def _parse(text: str, source: str) -> bytes:
    try:
        return vault.parse_master_key(text)
    except ValueError as error:
        raise StoreUnavailable(
            f"what is in {source} is no master key: {error}", hint=_PUT_BACK
        ) from error
