"""Where the master key is read from: strictly one, or two in a file that is between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from protekt_cli.core.vault import Vault
from protekt_cli.engine import master_key
from protekt_cli.errors import StoreUnavailable

ONE, OTHER = bytes(range(32)), bytes(range(1, 33))
DATABASE = "protekt.db"


def write(folder: Path, *lines: str) -> Path:
    """Write a key file beside the database, and return the database's path."""
    (folder / "protekt.key").write_text("\n".join(lines) + "\n")
    return folder / DATABASE


@pytest.mark.parametrize("key", [ONE, OTHER])
def test_of_two_keys_in_the_file_the_one_that_the_database_knows_is_taken(
    tmp_path: Path, key: bytes
) -> None:
    """Whichever it is: the file may be a moment ahead of the database, or behind it."""
    database = write(tmp_path, ONE.hex(), OTHER.hex())

    assert master_key.get(database, {}, Vault(key).check) == key


def test_a_key_that_is_not_the_databases_is_refused(tmp_path: Path) -> None:
    """Nothing is ever sealed under it."""
    database = write(tmp_path, ONE.hex())

    with pytest.raises(StoreUnavailable, match="is not the one of"):
        master_key.get(database, {}, Vault(OTHER).check)


@pytest.mark.parametrize(
    "lines",
    [
        (ONE.hex(), OTHER.hex(), ONE.hex()),
        (ONE.hex(), "", OTHER.hex()),
        (ONE.hex(), "# the old one"),
        (f"{ONE.hex()} {OTHER.hex()}",),
        ("",),
    ],
)
def test_anything_but_one_key_or_two_lines_of_them_is_refused(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """A file that is read leniently hides that it is broken."""
    database = write(tmp_path, *lines)

    with pytest.raises(StoreUnavailable, match="is no master key"):
        master_key.find(database, {})


def test_the_variable_holds_one_key(tmp_path: Path) -> None:
    """Nobody changes it over."""
    both = f"{ONE.hex()}\n{OTHER.hex()}"

    with pytest.raises(StoreUnavailable, match="PROTEKT_MASTER_KEY is no master key"):
        master_key.find(tmp_path / DATABASE, {"PROTEKT_MASTER_KEY": both})
