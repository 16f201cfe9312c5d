"""Ending sessions from the command line: what is selected, how many that is, and asking first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.administration import Ended, Selectors
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, DryRun, Yes, one_format, seconds_of
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import NotFound, Usage

if TYPE_CHECKING:
    from protekt_cli.cli.administration.interface import Holdings


@examples(
    "protekt sessions revoke sess_01jz3b6m",
    "protekt sessions revoke --user alice@example.com --reason 'lost her phone' --yes",
    "protekt sessions revoke --ip 192.0.2.0/24 --idle-for 30d --dry-run",
    "protekt sessions revoke --others",
)
def revoke(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            show_default=False,
            autocompletion=completing.sessions,
            help="Session ids, or their starts.",
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", autocompletion=completing.users, help="Of this user."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="ID", autocompletion=completing.devices, help="On this device."
        ),
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
    """End sessions at once; ids and options given together must all hold.

    Exit code 3 says that an id is unknown: the other sessions are ended all the same.
    """
    format_ = one_format(as_json)
    invocation = of(ctx)
    own = invocation.credentials().get_login().session_id if current or others else None
    selectors = Selectors(
        ids=tuple(ids) if ids else None,
        user=user,
        device=device,
        ip=ip,
        idle_for=seconds_of("--idle-for", idle_for) if idle_for else None,
        all=all_,
        current=own if current else None,
        others_than=own if others else None,
    )
    if selectors == Selectors():  # that is not everything
        raise Usage(
            "which sessions?",
            hint="give an id, or one of --user, --device, --ip, --idle-for, --all, --current,"
            " --others",
        )
    with invocation.holdings() as holdings:
        ended = _carry_out(holdings, selectors, reason, dry_run=dry_run, yes=yes)
        output = invocation.output(format_, holdings.now())
    show(output, ended, dry_run=dry_run)
    if ended.not_found:
        raise NotFound(f"there is no session {', '.join(ended.not_found)}")


def _carry_out(
    holdings: Holdings, selectors: Selectors, note: str | None, *, dry_run: bool, yes: bool
) -> Ended:
    """End what is selected, after asking where that is more than one session."""
    if dry_run:
        return holdings.count_selected(selectors)
    holdings.prepare()  # before anybody is asked in vain
    if not yes:
        confirm_many(holdings.count_selected(selectors))
    return holdings.revoke_sessions(selectors, note=note)


def confirm_many(ended: Ended) -> None:
    """Ask whether to go on where that ends more than one session.

    Raises:
        Usage: There is nobody to ask.
        Failed: The answer was no.
    """
    from protekt_cli.cli.prompts import confirm

    if ended.sessions > 1:
        confirm(f"this ends {_counted(ended.sessions, 'session')}{_spread(ended)}")


def show(output: Output, ended: Ended, *, dry_run: bool) -> None:
    """Write what was ended, or in a dry run would be."""
    if output.format is Format.JSON:
        output.record(
            {
                "revoked": ended.sessions,
                "ids": None if ended.ids is None else list(ended.ids),
                "notFound": list(ended.not_found),
                "dryRun": dry_run,
            }
        )
        return
    sessions = _counted(ended.sessions, "session")
    output.line(
        f"{sessions}{_spread(ended)} would be revoked" if dry_run else f"{sessions} revoked"
    )
    for text in ended.not_found:
        output.line(f"not found: {text}")


def _spread(ended: Ended) -> str:
    """Say of how many users and on how many devices the sessions are, where that was counted."""
    if not ended.sessions or ended.users is None or ended.devices is None:
        return ""
    return f" of {_counted(ended.users, 'user')} on {_counted(ended.devices, 'device')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
