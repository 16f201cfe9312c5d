"""Where the master key lives, outside the database: a variable, a file it names, or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from protekt_cli import files
from protekt_cli.core import vault
from protekt_cli.errors import StoreUnavailable

VARIABLE = "PROTEKT_MASTER_KEY"
FILE_VARIABLE = "PROTEKT_MASTER_KEY_FILE"
FILE_NAME = "protekt.key"


def key_file(database: Path, environ: Mapping[str, str]) -> Path:
    """Return the file that is read where the variable does not hold the key itself."""
    named = environ.get(FILE_VARIABLE)
    return Path(named) if named else database.with_name(FILE_NAME)


def is_given(environ: Mapping[str, str]) -> bool:
    """Whether a variable says what the master key is, so that none is made."""
    return bool(environ.get(VARIABLE) or environ.get(FILE_VARIABLE))


def find(database: Path, environ: Mapping[str, str]) -> bytes | None:
    """Return the master key, or None where no file and no variable holds one.

    Raises:
        StoreUnavailable: What is there cannot be read, or is no key.
    """
    text, source = environ.get(VARIABLE), VARIABLE
    if not text:
        path = key_file(database, environ)
        source = str(path)
        try:
            text = path.read_text("ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreUnavailable(f"cannot read the master key in {source}: {error}") from error
    try:
        return vault.parse_master_key(text)
    except ValueError as error:
        raise StoreUnavailable(f"what is in {source} is no master key: {error}") from error


def get(database: Path, environ: Mapping[str, str]) -> bytes:
    """Return the master key.

    Raises:
        StoreUnavailable: It is missing, unreadable, or no key.
    """
    key = find(database, environ)
    if key is None:
        raise StoreUnavailable(
            f"the master key is missing: there is no {key_file(database, environ)}",
            hint=f"put the file back, or set {VARIABLE}; without it no token and no password"
            " of this database can be checked",
        )
    return key


def create(path: Path) -> bytes:
    """Write a new master key to a private file that is not there yet, and return it."""
    key = vault.new_master_key()
    files.write_private(path, key.hex().encode() + b"\n", overwrite=False)
    return key
