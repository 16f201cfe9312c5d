"""`protekt db rekey`: a new master key for the database, and where it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format
from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.rekey import Report


@examples("protekt db rekey", "protekt db rekey --dry-run", "protekt db rekey --key-file new.key")
def rekey(
    ctx: typer.Context,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", metavar="FILE", help="Where the new key goes, a new file."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make a new master key, after which the old one is worth nothing.

    Everything is sealed anew, the signing keys are replaced, and every session ends; passwords
    and API keys stay. The new key takes the old one's place in its file, and a server that reads
    it there goes on. A backup that was made before needs the old key: keep that where the backup
    is not.
    """
    from protekt_cli.cli.prompts import confirm
    from protekt_cli.engine import events
    from protekt_cli.engine import rekey as rekeying

    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.engine() as engine:
        target = _target(engine, key_file)
        report = rekeying.preview(engine, target)
        if not (yes or dry_run):
            confirm(f"this makes a new master key and ends {_count(report.sessions, 'session')}")
        if not dry_run:
            report = rekeying.rekey(engine, target, actor=events.CLI)
            _say_next(invocation, engine, target)
        now = engine.store.now().seconds
    invocation.output(format_, now).record(_json(report, dry_run))


def _target(engine: Engine, key_file: Path | None) -> Path:
    target = key_file or engine.key_file
    if target is None:
        raise Usage(
            "the master key is in PROTEKT_MASTER_KEY, where nothing can be written",
            hint="say where the new one goes: --key-file FILE",
        )
    return target


def _say_next(invocation: Invocation, engine: Engine, target: Path) -> None:
    if engine.key_file is None:
        invocation.note(f"next: unset PROTEKT_MASTER_KEY, set PROTEKT_MASTER_KEY_FILE={target}")
        invocation.note("and start every server of this database again")
    elif engine.key_file.absolute() != target.absolute():
        invocation.note(f"next: set PROTEKT_MASTER_KEY_FILE={target}, or put it in place of")
        invocation.note(f"{engine.key_file}; until then nothing opens the database")


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _json(report: Report, dry_run: bool) -> dict[str, Any]:
    return {
        "keyFile": str(report.key_file.absolute()),
        "sessionsEnded": report.sessions,
        "passwordsSealed": report.passwords,
        "dryRun": dry_run,
    }
