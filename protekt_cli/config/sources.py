"""Where settings come from: defaults, one file, the environment, flags.

It finds and opens the file and gives each value as it was written, with its origin; it judges
names alone, no values. A name that nobody knows is given as the fault that it is, so that
whoever wants to can hear of all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from protekt_cli.config.keys import Key, literal
from protekt_cli.config.problems import DEFAULT, ENVIRONMENT, FILE, FLAG, unknown
from protekt_cli.config.settings import reference, sections
from protekt_cli.config.toml import read_document
from protekt_cli.errors import InvalidConfig

FILE_NAME = "protekt.toml"


@dataclass(frozen=True, eq=False, repr=False)
class Given:
    """One value as it was written, before anything is made of it."""

    key: Key
    raw: object
    origin: str
    #: What a relative path starts from.
    folder: Path
    #: Whether it is the text of a variable rather than a value of TOML.
    is_text: bool = False


def find_file(folder: Path, environ: Mapping[str, str], config_file: Path | None) -> Path | None:
    """
    Find the one file that is read: the named one, or else the nearest.

    Raises:
        InvalidConfig: A folder on the way does not let us look into it.
    """
    named = config_file or environ.get("PROTEKT_CONFIG")
    if named:
        return folder / named
    places = [folder, *folder.parents, *_user_folder(environ)]
    return next((place / FILE_NAME for place in places if _is_there(place / FILE_NAME)), None)


def from_defaults(folder: Path) -> Iterator[Given]:
    """Give what every key is when nobody says otherwise."""
    for key in reference():
        yield Given(key, key.default, DEFAULT, folder)


def from_file(path: Path, content: bytes | None = None) -> Iterator[Given | InvalidConfig]:
    """
    Give what the file sets.

    Args:
        content: What is taken to stand in it, in place of what does.

    Raises:
        InvalidConfig: It is missing, unreadable or no TOML.
    """
    origin = f"{FILE}{path}"
    keys = {key.name: key for key in reference()}
    for section, table in _parse(path, _read(path) if content is None else content).items():
        if section not in sections():
            yield unknown(section, table, keys.values(), origin)
            continue
        if not isinstance(table, dict):
            yield InvalidConfig(
                f"{section} = {literal(table)} is not possible: it is a section",
                hint=f"write its keys below a line [{section}] in {path}",
            )
            continue
        for name, raw in table.items():
            dotted = f"{section}.{name}"
            if dotted in keys:
                yield Given(keys[dotted], raw, origin, path.parent)
            else:
                yield unknown(dotted, raw, keys.values(), origin)


def from_environment(environ: Mapping[str, str], folder: Path) -> Iterator[Given | InvalidConfig]:
    """Give what the variables set; other variables of Protekt are left to those who know them."""
    keys = {key.variable: key for key in reference()}
    prefixes = tuple(f"PROTEKT_{section.upper()}_" for section in sections())
    for variable in sorted(environ):
        if not variable.startswith(prefixes):
            continue
        origin = f"{ENVIRONMENT}{variable}"
        if variable not in keys:
            _, section, name = variable.lower().split("_", 2)
            yield unknown(f"{section}.{name}", environ[variable], reference(), origin)
        else:
            yield Given(keys[variable], environ[variable], origin, folder, is_text=True)


def from_flags(flags: Mapping[str, object], folder: Path) -> Iterator[Given]:
    """Give what the command line sets, each with the limits that hold for a flag."""
    keys = {key.name: key for key in reference()}
    for name, raw in flags.items():
        key = keys[name]
        if key.flag_minimum is not None:
            key = replace(key, minimum=key.flag_minimum)
        yield Given(key, raw, FLAG, folder)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidConfig(
            f"there is no configuration file {path}",
            hint="check --config and PROTEKT_CONFIG, or make one with: protekt init",
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from error


def _parse(path: Path, content: bytes) -> dict[str, object]:
    try:
        return read_document(content.decode())
    except UnicodeDecodeError:
        raise InvalidConfig(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None
    except ValueError as error:
        raise InvalidConfig(
            f"{path}, {error}", hint="see sample-config.toml for how it is written"
        ) from None


def _is_there(path: Path) -> bool:
    """Whether the name is taken, by a folder or a broken link too: those are worth an error."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def _unreadable(path: Path, error: OSError) -> InvalidConfig:
    return InvalidConfig(
        f"cannot read {path}: {(error.strerror or str(error)).lower()}",
        hint="let this user read it, or name another file with --config",
    )


def _user_folder(environ: Mapping[str, str]) -> Iterator[Path]:
    """Give the folder that platformdirs would name, by the given environment instead of ours."""
    base = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():  # the XDG specification: ignore a relative one
        home = Path(environ.get("HOME", ""))
        base = home / ("Library/Application Support" if sys.platform == "darwin" else ".config")
    if base.is_absolute():
        yield base / "protekt"
