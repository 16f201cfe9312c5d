"""`protekt db restore`: looking at a backup, asking, putting it in place, saying what it did."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.moments import iso
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format
from protekt_cli.cli.output import Format, Output

if TYPE_CHECKING:
    from protekt_cli.engine.restore import Report


@examples(
    "protekt db restore protekt-backup.db --dry-run",
    "protekt db restore protekt-backup.db --yes",
)
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What db backup wrote.")],
    keep_sessions: Annotated[
        bool, typer.Option("--keep-sessions", help="Let the living sessions of the backup live on.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Replace the database's content by a backup's, also while a server runs on it.

    Every session ends, unless --keep-sessions; then access tokens still verify, and refresh
    tokens do not. What was revoked, ended or disabled since the backup stays so, and the signing
    keys in use stay. Users that were deleted since come back, with the passwords of then, and are
    named. The replaced database is kept beside the new one.
    """
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.cli.prompts import confirm
    from protekt_cli.clock import Clock
    from protekt_cli.engine.restore import Restore

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    settings = invocation.settings()
    work = Restore(
        settings, invocation.environ, Clock(), keep_sessions=keep_sessions, dry_run=dry_run
    )
    with interruptible(), ExitStack() as stack:
        with progress_of(invocation, "checking") as progress:
            backup, present = stack.enter_context(work.prepare(file, progress))
        if not (yes or dry_run):
            sessions = "keeps its sessions" if keep_sessions else "ends every session"
            confirm(f"this replaces {settings.database.path} by {file} and {sessions}")
        with progress_of(invocation, "restoring") as progress:
            report = work.carry_out(backup, present, progress)
    if output.format is Format.JSON:
        output.record(_json(report, settings.database.path, dry_run=dry_run))
    else:
        _say(output, report, settings.database.path, dry_run=dry_run)


def _json(report: Report, database: Path, *, dry_run: bool) -> dict[str, Any]:
    from protekt_cli.engine.representation import statistics_json

    settlement = report.settlement
    return {
        "file": str(report.backup.file),
        "database": str(database),
        "backup": {
            "schemaVersion": report.backup.schema_version,
            "lastEventAt": report.backup.statistics.last_event_at,
            **statistics_json(report.backup.statistics),
        },
        "replaced": report.present,
        "kept": str(report.kept) if report.kept else None,
        "sessionsEnded": settlement.sessions_ended,
        "sessionsKept": settlement.sessions_kept,
        "signingKeysReplaced": settlement.signing_keys_replaced,
        "disabledUsers": settlement.disabled_users,
        "returnedUsers": settlement.returned_users,
        "revokedApiKeys": settlement.revoked_api_keys,
        "devicesRemoved": settlement.devices_removed,
        "dryRun": dry_run,
    }


def _say(output: Output, report: Report, database: Path, *, dry_run: bool) -> None:
    for line in _lines(report, database):
        output.line(f"dry run: {line}" if dry_run else line)


def _lines(report: Report, database: Path) -> list[str]:
    found, settlement = report.backup.statistics, report.settlement
    last = "without events" if found.last_event_at is None else f"of {iso(found.last_event_at)}"
    lines = [
        f"{database} restored from {report.backup.file}, {last}: {found.users} users,"
        f" {sum(found.sessions.values())} sessions, {found.events} events",
        f"sessions: {settlement.sessions_ended} ended, {settlement.sessions_kept} kept",
    ]
    named = {
        "still disabled": settlement.disabled_users,
        "still revoked": settlement.revoked_api_keys,
        "deleted since, and back": settlement.returned_users,
    }
    lines += [f"{what}: {', '.join(ids)}" for what, ids in named.items() if ids]
    if settlement.devices_removed:
        lines.append(f"devices removed since, and still: {settlement.devices_removed}")
    return lines + _lines_of_replaced(report)


def _lines_of_replaced(report: Report) -> list[str]:
    lines = []
    if report.present == "damaged":
        lines.append("the replaced database is damaged: restart the servers that run on it")
    if report.present == "missing":
        lines.append("there was no database: what was revoked since the backup is not known")
    if report.settlement.signing_keys_replaced:
        lines.append("all signing keys are new, for the ones in use could not be read")
    if report.kept:
        lines.append(f"{report.kept} holds what was replaced")
    return lines
