"""Pruning from the command line: what is too old, after asking. The server does it by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format, seconds_of
from protekt_cli.cli.output import Format

OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="DURATION", help="In place of the retention: 30d."),
]


@examples("protekt sessions prune --dry-run", "protekt sessions prune --older-than 30d --yes")
def prune_sessions(
    ctx: typer.Context,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget sessions that ended longer ago than sessions.retention.

    Devices without any session left go too, unless they are trusted, and signing keys that no
    living token can name. No living session is touched.
    """
    from protekt_cli.engine import retention

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.engine() as engine:
        age = _age(older_than, engine.settings.sessions.retention)
        if dry_run or not yes:
            count = engine.read(lambda view: retention.count_sessions(view, age))
        if not dry_run:
            engine.unlock()
            if not yes:
                _confirm(count, "session")
            count = retention.prune_sessions(engine, age).sessions
    _show(invocation, format_, count, "session", dry_run=dry_run)


@examples("protekt events prune --dry-run", "protekt events prune --older-than 365d --yes")
def prune_events(
    ctx: typer.Context,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget events that were written longer ago than events.retention.

    What remains still verifies, and the pruning is itself an event.
    """
    from protekt_cli.engine import events, retention

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.engine() as engine:
        age = _age(older_than, engine.settings.events.retention)
        if dry_run or not yes:
            count = engine.read(lambda view: retention.count_events(view, age))
        if not dry_run:
            engine.unlock()
            if not yes:
                _confirm(count, "event")
            count = retention.prune_events(engine, age, actor=events.CLI)
    _show(invocation, format_, count, "event", dry_run=dry_run)


def _age(older_than: str | None, retention: int) -> int:
    return retention if older_than is None else seconds_of("--older-than", older_than)


def _confirm(count: int, noun: str) -> None:
    from protekt_cli.cli.prompts import confirm

    confirm(f"this deletes {_counted(count, noun)} for ever")


def _show(invocation: Invocation, format_: Format, count: int, noun: str, *, dry_run: bool) -> None:
    output = invocation.output(format_, now=0)  # no time is shown
    if format_ is Format.JSON:
        output.record({"pruned": count, "dryRun": dry_run})
    else:
        output.line(f"{_counted(count, noun)} {'would be ' if dry_run else ''}pruned")


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
