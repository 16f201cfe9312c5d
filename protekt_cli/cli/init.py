"""Making an installation in the working folder: its configuration, its database, its keys."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import DryRun, Yes
from protekt_cli.cli.output import Format
from protekt_cli.errors import Conflict, StoreUnavailable, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protekt_cli.config import Settings

FILE_NAME = "protekt.toml"
DATABASE = "protekt.db"


@examples("protekt init", "protekt init --dev", "protekt init --force --dry-run")
def init(
    ctx: typer.Context,
    dev: Annotated[
        bool, typer.Option("--dev", help="Mark the database as one for protekt serve --dev.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write protekt.toml anew, and keep the old one.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Make protekt.toml, the database and its keys in this folder."""
    invocation = of(ctx)
    if invocation.config_file is not None:
        raise Usage("init writes protekt.toml in this folder", hint="leave --config out")
    target = Path.cwd() / FILE_NAME
    kept = _kept_as(target, force=force)
    settings = _settings(invocation)
    if kept is not None and not (yes or dry_run):
        from protekt_cli.cli.prompts import confirm

        confirm(f"this writes {target} anew, and keeps the old one as {kept.name}")
    if dry_run:
        made = _missing(invocation, settings)
    else:
        made = _install(invocation, settings, target, kept, is_dev=dev)
    output = invocation.output(Format.TABLE, 0)
    for line in _report(target, kept, settings.database.path, made):
        output.line(f"dry run: {line}" if dry_run else line)
    if not dry_run:
        invocation.note("next: protekt users create EMAIL")
        invocation.note("keep the master key where no copy of the database lies")


def _kept_as(target: Path, *, force: bool) -> Path | None:
    """Return the name that the present file is to be kept by, or None where there is none."""
    from protekt_cli.files import refuse_symlink

    if not os.path.lexists(target):
        return None
    if not force:
        raise Conflict(f"{target} is there already", hint="write it anew: protekt init --force")
    refuse_symlink(target)
    names = (f"{FILE_NAME}.bak{number or ''}" for number in count())
    return next(path for path in map(target.with_name, names) if not os.path.lexists(path))


def _settings(invocation: Invocation) -> Settings:
    """Return the settings that will hold: the old file and those of other folders do not count."""
    from protekt_cli.config import load

    flags = {} if invocation.database is None else {"database.url": invocation.database}
    loaded = load(
        folder=Path.cwd(), environ=invocation.environ, config_file=Path(os.devnull), flags=flags
    )
    invocation.warn(loaded.warnings)
    return loaded.settings


def _install(
    invocation: Invocation,
    settings: Settings,
    target: Path,
    kept: Path | None,
    *,
    is_dev: bool,
) -> list[Path]:
    """Write and make everything, or leave everything as it was."""
    from protekt_cli.clock import Clock
    from protekt_cli.config import write_new
    from protekt_cli.engine import setup

    with ExitStack() as undo:
        if kept is not None:
            _rename(target, kept)
            undo.callback(kept.rename, target)
        write_new(target, {"database": {"url": invocation.database or DATABASE}})
        undo.callback(target.unlink)
        made = setup.install(settings, invocation.environ, Clock(), is_dev=is_dev)
        undo.pop_all()
    return made


def _missing(invocation: Invocation, settings: Settings) -> list[Path]:
    """Return the files that would be made."""
    from protekt_cli.engine import master_key

    database = settings.database.path
    if database.exists():
        return []
    if master_key.is_given(invocation.environ):
        return [database]
    return [master_key.key_file(database, invocation.environ), database]


def _report(target: Path, kept: Path | None, database: Path, made: list[Path]) -> Iterator[str]:
    """Give a line for each file and what became of it."""
    yield f"{target} written"
    if kept is not None:
        yield f"{kept} holds what was there before"
    for path in made:
        yield f"{path} made"
    if database not in made:
        yield f"{database} adopted"


def _rename(path: Path, new: Path) -> None:
    try:
        path.rename(new)
    except OSError as error:
        raise StoreUnavailable(f"cannot rename {path}: {(error.strerror or '').lower()}") from error
