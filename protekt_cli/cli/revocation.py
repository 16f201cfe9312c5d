"""Ending sessions from the command line: what is selected, how many that is, and asking first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.addresses import parse_network
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format, seconds_of
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import NotFound, Usage

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.revocation import Report, Selection
    from protekt_cli.store.database import View

#: Ids that a report names; of more it gives the number alone.
MOST_IDS = 1000


@dataclass(frozen=True, slots=True)
class Given:
    """The selectors, as they were typed."""

    ids: tuple[str, ...] | None
    user: str | None
    device: str | None
    ip: str | None
    idle_for: str | None
    all: bool
    current: bool
    others: bool


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
    "protekt sessions revoke --ip 192.0.2.0/24 --idle-for 30d --dry-run",
    "protekt sessions revoke --others",
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
    ip: Annotated[
        str | None,
        typer.Option("--ip", metavar="IP", help="Begun from this address or CIDR network."),
    ] = None,
    idle_for: Annotated[
        str | None,
        typer.Option("--idle-for", metavar="DURATION", help="Not used for so long: 30d."),
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

    given = Given(tuple(ids) if ids else None, user, device, ip, idle_for, all_, current, others)
    _check(given)
    invocation = of(ctx)
    with invocation.engine() as engine:
        selection = engine.read(lambda view: _selection(view, invocation, given))
        order = Order(selection, events.CLI, reason, dry_run=dry_run, yes=yes)
        report = carry_out(engine, order)
        output = invocation.output(one_format(as_json), engine.store.now().seconds)
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

    if not order.dry_run:
        engine.unlock()  # before anybody is asked in vain
    if order.dry_run or not order.yes:
        report = engine.read(lambda view: revocation.find_selected(view, order.selection))
        if order.dry_run:
            return report
        if len(report.revoked) > 1:
            confirm(f"this ends {len(report.revoked)} sessions")
    return revocation.revoke(engine, order.selection, actor=order.actor, note=order.note)


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


def _check(given: Given) -> None:
    """Refuse a command line that selects nothing: that is not everything."""
    if not any(getattr(given, name) for name in Given.__slots__):
        raise Usage(
            "which sessions?",
            hint="give an id, or one of --user, --device, --ip, --idle-for, --all, --current,"
            " --others",
        )


def _selection(view: View, invocation: Invocation, given: Given) -> Selection:
    """Find what is meant: the user, the device, this machine's own session."""
    from protekt_cli.core.ids import Prefix
    from protekt_cli.engine import users
    from protekt_cli.engine.cut_ids import resolve
    from protekt_cli.engine.revocation import Selection

    is_own = given.current or given.others
    own = invocation.credentials().get_login().session_id if is_own else None
    return Selection(
        ids=given.ids,
        user_id=users.get(view, given.user).id if given.user else None,
        device_id=resolve(view, Prefix.DEVICE, given.device) if given.device else None,
        all=given.all,
        current=own if given.current else None,
        others_than=own if given.others else None,
        network=parse_network(given.ip) if given.ip else None,
        idle_for=seconds_of("--idle-for", given.idle_for) if given.idle_for else None,
    )
