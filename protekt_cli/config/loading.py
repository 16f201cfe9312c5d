"""From every source to one set of settings: who beats whom, and what comes of it.

A later source beats an earlier one, but every value is read, so that a fault in a file shows
even while a variable covers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from protekt_cli.config.problems import impossible
from protekt_cli.config.rules import Judge
from protekt_cli.config.settings import Settings, sections
from protekt_cli.config.sources import (
    Given,
    find_file,
    from_defaults,
    from_environment,
    from_file,
    from_flags,
)
from protekt_cli.config.values import from_text, read
from protekt_cli.errors import InvalidConfig

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class Loaded:
    """Settings, and where each of them came from."""

    settings: Settings
    #: By dotted key: `flag`, `environment PROTEKT_…`, `file …` or `default`.
    origins: Mapping[str, str]
    file: Path | None
    #: One line for each value outside what is recommended.
    warnings: tuple[str, ...]


def load(
    *,
    folder: Path,
    environ: Mapping[str, str],
    config_file: Path | None = None,
    flags: Mapping[str, object] = _NOTHING,
    content: bytes | None = None,
) -> Loaded:
    """
    Load the settings that hold in *folder* with *environ*; flags beat all else.

    Args:
        content: What is taken to stand in the file, in place of what does.

    Raises:
        InvalidConfig: The file cannot be read, or something in a source is unknown, of the
            wrong type, impossible, or not in this version.
    """
    file = find_file(folder, environ, config_file)
    settings, origins, faults = _settle(_sources(folder, environ, file, flags, content))
    if faults:
        raise faults[0]
    judge = Judge(settings, origins)
    judge.check()
    return Loaded(settings, MappingProxyType(origins), file, judge.warnings())


def find_faults(
    *,
    folder: Path,
    environ: Mapping[str, str],
    config_file: Path | None = None,
    flags: Mapping[str, object] = _NOTHING,
) -> list[InvalidConfig]:
    """Return everything for which `load` would refuse the settings, as far as it can be told."""
    try:
        file = find_file(folder, environ, config_file)
        settings, origins, faults = _settle(_sources(folder, environ, file, flags))
        if not faults:
            Judge(settings, origins).check()
    except InvalidConfig as fault:
        return [fault]
    return faults


def defaults(folder: Path) -> Settings:
    """Return the built-in settings, reading nothing."""
    return _settle(from_defaults(folder))[0]


def _sources(
    folder: Path,
    environ: Mapping[str, str],
    file: Path | None,
    flags: Mapping[str, object],
    content: bytes | None = None,
) -> Iterable[Given | InvalidConfig]:
    return chain(
        from_defaults(folder),
        from_file(file, content) if file else (),
        from_environment(environ, folder),
        from_flags(flags, folder),
    )


def _settle(
    sources: Iterable[Given | InvalidConfig],
) -> tuple[Settings, dict[str, str], list[InvalidConfig]]:
    values: dict[str, dict[str, object]] = {section: {} for section in sections()}
    origins, faults = {}, []
    for given in sources:
        if isinstance(given, InvalidConfig):
            faults.append(given)
            continue
        section, _, name = given.key.name.partition(".")
        try:
            values[section][name] = _read(given)
        except InvalidConfig as fault:
            faults.append(fault)
        origins[given.key.name] = given.origin
    built = {section: kind(**values[section]) for section, kind in sections().items()}
    return Settings(**built), origins, faults


def _read(given: Given) -> object:
    key = given.key
    try:
        raw = from_text(key, str(given.raw)) if given.is_text else given.raw
        return read(key, raw, given.folder)
    except ValueError as error:
        raise impossible(key, key.shown(given.raw), str(error), given.origin) from None
