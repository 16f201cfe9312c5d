"""Ending sessions from the command line: what is selected, how many that is, and asking first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import NotFound, Usage

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.revocation import Report, Selection

#: Ids that a report names; of more it gives the number alone.
MOST_IDS = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What to end, by whose word, and whether to ask."""

    selection: Selection
    actor: str
    note: str | None = None
    dry_run: bool = False
    yes: bool = False


@examples(
    "protekt sessions revoke sess_01jz3b6m",
    "protekt sessions revoke --user alice@example.com --reason 'lost her phone' --yes",
    "protekt sessions revoke --others --dry-run",
)
def revoke(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", show_default=False)] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Of this user.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="ID", help="On this device.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every session there is.")] = False,
    current: Annotated[bool, typer.Option("--current", help="This machine's own.")] = False,
    others: Annotated[
        bool, typer.Option("--others", help="The other ones of this machine's user.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="A note kept with the session.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End sessions at once; ids and options given together must all hold."""
    from protekt_cli.engine import events

    if not (ids or user or device or all_ or current or others):
        raise Usage(
            "which sessions?",
            hint="give an id, or one of --user, --device, --all, --current, --others",
        )
    invocation = of(ctx)
    with invocation.engine() as engine:
        own = _own_session(invocation) if current or others else None
        selection = _selection(
            engine,
            ids=tuple(ids) if ids else None,
            user=user,
            device=device,
            all_=all_,
            current=own if current else None,
            others_than=own if others else None,
        )
        order = Order(selection, events.CLI, reason, dry_run=dry_run, yes=yes)
        report = carry_out(engine, order)
        output = invocation.output(one_format(as_json), engine.store.clock.now().seconds)
    show(output, report, dry_run=dry_run)
    if report.not_found:
        raise NotFound(f"there is no session {', '.join(report.not_found)}")


def carry_out(engine: Engine, order: Order) -> Report:
    """End what is selected, after asking where that is more than one session.

    Raises:
        Usage: It is more than one, and there is nobody to ask.
        Failed: The answer was no.
    """
    from protekt_cli.cli.prompts import confirm
    from protekt_cli.engine import revocation

    if order.dry_run or not order.yes:
        report = engine.read(lambda view: revocation.find_selected(view, order.selection))
        if order.dry_run:
            return report
        if len(report.revoked) > 1:
            confirm(f"this ends {len(report.revoked)} sessions")
    return engine.submit(
        lambda transaction: revocation.revoke(
            engine, transaction, order.selection, actor=order.actor, note=order.note
        )
    )


def show(output: Output, report: Report, *, dry_run: bool) -> None:
    """Write what was ended, or in a dry run would be."""
    if output.format is Format.JSON:
        output.record(_json(report, dry_run))
        return
    count = len(report.revoked)
    sessions = "1 session" if count == 1 else f"{count} sessions"
    output.line(f"{sessions} would be revoked" if dry_run else f"{sessions} revoked")
    for text in report.not_found:
        output.line(f"not found: {text}")


def _json(report: Report, dry_run: bool) -> dict[str, Any]:
    count = len(report.revoked)
    return {
        "revoked": count,
        "ids": [session.id for session in report.revoked] if count <= MOST_IDS else None,
        "notFound": list(report.not_found),
        "dryRun": dry_run,
    }


def _own_session(invocation: Invocation) -> str:
    return invocation.credentials().get_login().session_id


def _selection(
    engine: Engine,
    *,
    ids: tuple[str, ...] | None,
    user: str | None,
    device: str | None,
    all_: bool,
    current: str | None,
    others_than: str | None,
) -> Selection:
    """Find the user and the device that are meant."""
    from protekt_cli.core.ids import Prefix
    from protekt_cli.engine import users
    from protekt_cli.engine.cut_ids import resolve
    from protekt_cli.engine.revocation import Selection

    return Selection(
        ids=ids,
        user_id=engine.read(lambda view: users.get(view, user)).id if user else None,
        device_id=engine.read(lambda view: resolve(view, Prefix.DEVICE, device))
        if device
        else None,
        all=all_,
        current=current,
        others_than=others_than,
    )
