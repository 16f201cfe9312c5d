"""Which file is read, and what becomes of one that cannot be."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from protekt_cli.config import defaults, load
from protekt_cli.errors import InvalidConfig


def config(path: Path, audience: str) -> Path:
    """Write a file that can be told from others by its audience."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[tokens]\naudience = "{audience}"\n', encoding="utf-8")
    return path


def test_the_defaults_hold_where_nothing_is_set(folder: Path) -> None:
    """Protekt needs no configuration at all."""
    loaded = load(folder=folder, environ={})

    assert asdict(loaded.settings) == asdict(defaults(folder))
    assert loaded.file is None
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.warnings == ()


def test_the_nearest_file_is_found_before_one_further_up(folder: Path) -> None:
    """A folder's own file wins; without it a parent's is read."""
    far = config(folder.parent.parent / "protekt.toml", "far")
    near = config(folder.parent / "protekt.toml", "near")

    first = load(folder=folder, environ={})
    near.unlink()
    second = load(folder=folder, environ={})

    assert (first.file, first.settings.tokens.audience) == (near, "near")
    assert (second.file, second.settings.tokens.audience) == (far, "far")


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_the_user_folder_is_the_last_place_looked_into(folder: Path, variable: str) -> None:
    """The user's own file holds only where no folder on the way up has one."""
    home = folder.parent.parent / "home"
    inside = {"XDG_CONFIG_HOME": "protekt", "HOME": ".config/protekt"}[variable]
    own = config(home / inside / "protekt.toml", "own")
    environ = {variable: str(home)}

    alone = load(folder=folder, environ=environ)
    near = config(folder / "protekt.toml", "near")
    covered = load(folder=folder, environ=environ)

    assert alone.file == own
    assert covered.file == near


def test_a_relative_user_folder_is_ignored(folder: Path) -> None:
    """The XDG specification says so; else it would be another folder for every command."""
    config(folder / "here" / "protekt" / "protekt.toml", "here")
    own = config(folder / "home" / ".config" / "protekt" / "protekt.toml", "own")

    homeless = load(folder=folder, environ={"XDG_CONFIG_HOME": "here"})
    at_home = load(folder=folder, environ={"XDG_CONFIG_HOME": "here", "HOME": f"{folder}/home"})

    assert homeless.file is None
    assert at_home.file == own


def test_a_named_file_beats_the_variable_and_that_beats_the_found_one(folder: Path) -> None:
    """`--config`, then PROTEKT_CONFIG, then what lies around."""
    config(folder / "protekt.toml", "found")
    config(folder / "variable.toml", "variable")
    config(folder / "flag.toml", "flag")
    environ = {"PROTEKT_CONFIG": "variable.toml"}

    by_variable = load(folder=folder, environ=environ)
    by_flag = load(folder=folder, environ=environ, config_file=Path("flag.toml"))

    assert by_variable.settings.tokens.audience == "variable"
    assert by_flag.settings.tokens.audience == "flag"
    assert by_flag.file == folder / "flag.toml"


def test_an_empty_variable_names_no_file(folder: Path) -> None:
    """A variable that is set to nothing is as good as unset."""
    near = config(folder / "protekt.toml", "near")

    loaded = load(folder=folder, environ={"PROTEKT_CONFIG": ""})

    assert loaded.file == near


def test_a_named_file_that_is_missing_is_refused(folder: Path) -> None:
    """It never falls back to another file or to the defaults."""
    config(folder / "protekt.toml", "near")

    with pytest.raises(InvalidConfig, match=r"no configuration file .*gone\.toml"):
        load(folder=folder, environ={}, config_file=Path("gone.toml"))
    with pytest.raises(InvalidConfig, match=r"no configuration file .*lost\.toml"):
        load(folder=folder, environ={"PROTEKT_CONFIG": "lost.toml"})


def test_a_found_name_that_cannot_be_read_is_refused(folder: Path) -> None:
    """A folder or a broken link of that name is an error, not a reason to look further up."""
    config(folder.parent / "protekt.toml", "far")
    (folder / "protekt.toml").mkdir()

    with pytest.raises(InvalidConfig, match="is a directory"):
        load(folder=folder, environ={})
    (folder / "protekt.toml").rmdir()
    (folder / "protekt.toml").symlink_to("gone.toml")
    with pytest.raises(InvalidConfig, match="no configuration file"):
        load(folder=folder, environ={})


def test_a_folder_that_cannot_be_looked_into_is_refused(folder: Path) -> None:
    """What may lie in it is not passed over for a file further up."""
    config(folder / "protekt.toml", "far")
    (folder / "loop").symlink_to("loop")

    with pytest.raises(InvalidConfig, match=r"cannot read .*loop/protekt\.toml"):
        load(folder=folder / "loop", environ={})


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_refused(folder: Path) -> None:
    """Going on with the defaults would drop what the file protects."""
    config(folder / "protekt.toml", "closed").chmod(0)

    with pytest.raises(InvalidConfig, match="permission denied"):
        load(folder=folder, environ={})


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'[tokens]\naudience = "a\n', "line 2: "),
        (b'[tokens]\naudience = """a\n\n', "line 3: unterminated string"),
        (b'[tokens]\naudience = "a"\naudience = "b"\n', "line 3: cannot overwrite"),
        (b"[tokens\n", "line 1: "),
        (b"x = " + b"[" * 10_000, "nested too deeply"),
        (b'[tokens]\naudience = "\xff"\n', "not UTF-8"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_line(
    folder: Path, content: bytes, line: str
) -> None:
    """The message leads to the place."""
    (folder / "protekt.toml").write_bytes(content)

    with pytest.raises(InvalidConfig) as caught:
        load(folder=folder, environ={})

    assert caught.value.message.startswith(f"{folder / 'protekt.toml'}")
    assert line in caught.value.message
