"""Looking after the database: figures, checks, copies, and the way back to one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import Format
from protekt_cli.errors import Failed

File = Annotated[Path, typer.Argument(metavar="FILE", help="A new file; none is overwritten.")]


@examples("protekt db stats", "protekt db stats --json")
def stats(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Count users, sessions, devices and events."""
    from protekt_cli.engine.representation import statistics_json
    from protekt_cli.store import statistics

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.store() as store:
        found = store.read(statistics.take)
    invocation.output(format_, 0).record(statistics_json(found))


@examples("protekt db check", "protekt db check --json")
def check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Look for damage in the database.

    It looks at the file, its tables and what stands in them, and needs no master key; whether
    somebody changed the events is what `protekt events verify` finds. Exit code 1 says that
    something is wrong.
    """
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.engine import checkup

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    database = invocation.settings().database.path
    with interruptible(), progress_of(invocation, "checking") as progress:
        problems = checkup.check(database, progress)
    if output.format is Format.JSON:
        output.record({"ok": not problems, "problems": problems})
    else:
        for line in problems or [f"{database} is whole"]:
            output.line(line)
    if problems:
        count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise Failed(
            f"{database} has {count}",
            hint="go back to a good copy with: protekt db restore FILE",
        )


@examples("protekt db backup protekt-backup.db")
def backup(ctx: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Copy the database to a new file, also while a server runs on it.

    The copy is checked, and only you can read it. Without the master key it is worth nothing;
    keep that apart from it.
    """
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.engine.backup import backup as copy

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    with (
        invocation.store() as store,
        interruptible(),
        progress_of(invocation, "copying") as progress,
    ):
        size = copy(store.path, file, progress)
    if output.format is Format.JSON:
        output.record({"file": str(file), "bytes": size})
    else:
        output.line(f"{file} written: {size} bytes")


@examples("protekt db migrate")
def migrate(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Bring an older database to this version's schema, and keep a copy of it."""
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.clock import Clock
    from protekt_cli.engine import migration

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    database = invocation.settings().database.path
    with interruptible(), progress_of(invocation, "migrating") as progress:
        report = migration.migrate(database, Clock(), progress)
    kept = str(report.kept) if report.kept else None
    if output.format is Format.JSON:
        output.record({"from": report.before, "to": report.after, "kept": kept})
    elif kept is None:
        output.line(f"nothing to do: {database} has schema {report.after}")
    else:
        output.line(f"{database} brought from schema {report.before} to {report.after}")
        output.line(f"{kept} holds what it was")


@examples("protekt db vacuum")
def vacuum(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Give the space of what was deleted back to the disk.

    A server that runs on the database waits with its writing until it is done.
    """
    from protekt_cli.store.vacuuming import vacuum as give_back

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    with invocation.store() as store:
        before, after = give_back(store.path)
    if output.format is Format.JSON:
        output.record({"bytesBefore": before, "bytesAfter": after})
    else:
        output.line(f"{before} bytes before, {after} bytes after")
