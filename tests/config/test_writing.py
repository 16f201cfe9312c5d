"""A new configuration file: private, whole, and read back as it was meant."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from protekt_cli.config import load, write_new
from protekt_cli.errors import Conflict


def test_a_written_file_loads_as_what_was_written(folder: Path) -> None:
    """Tables, text, numbers and lists survive the way out and in."""
    values: dict[str, dict[str, object]] = {
        "database": {"url": "data.db"},
        "server": {"port": 9000, "allowed_hosts": ["a.example"]},
        "tokens": {"issuer": 'quote " and \\ and ü', "access_ttl": "15m"},
    }

    write_new(folder / "protekt.toml", values)

    settings = load(folder=folder, environ={}).settings
    assert settings.database.path == folder / "data.db"
    assert settings.server.port == 9000
    assert settings.server.allowed_hosts == ("a.example",)
    assert settings.tokens.issuer == 'quote " and \\ and ü'
    assert settings.tokens.access_ttl == 900


def test_a_new_file_is_for_its_owner_alone(folder: Path) -> None:
    """It may come to hold secrets."""
    write_new(folder / "protekt.toml", {"server": {"port": 9000}})

    assert stat.S_IMODE((folder / "protekt.toml").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_kept_unless_told_otherwise(folder: Path) -> None:
    """Overwriting somebody's settings has to be meant."""
    path = folder / "protekt.toml"
    write_new(path, {"server": {"port": 9000}})

    with pytest.raises(Conflict):
        write_new(path, {"server": {"port": 9001}})
    kept = load(folder=folder, environ={}).settings.server.port
    write_new(path, {"server": {"port": 9002}}, overwrite=True)

    assert kept == 9000
    assert load(folder=folder, environ={}).settings.server.port == 9002
