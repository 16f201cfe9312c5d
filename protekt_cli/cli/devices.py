"""Devices: see them, name them, trust them, take them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.administration import Ended
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import (
    AsCsv,
    AsIds,
    AsJson,
    AsJsonl,
    DryRun,
    Limit,
    Yes,
    one_format,
)
from protekt_cli.cli.output import Format
from protekt_cli.errors import NotFound

if TYPE_CHECKING:
    from protekt_cli.cli.administration.interface import Holdings

COLUMNS = {
    "id": "id",
    "name": "name",
    "sessions": "activeSessions",
    "last seen": "lastSeenAt",
    "trusted": "trusted",
    "user": "userId",
    "ip": "ip",
    "kind": "kind",
}
FIELDS = (
    "id",
    "userId",
    "name",
    "kind",
    "trusted",
    "ip",
    "userAgent",
    "firstSeenAt",
    "lastSeenAt",
    "activeSessions",
)

Named = Annotated[
    str,
    typer.Argument(
        metavar="ID", autocompletion=completing.devices, help="A device id, or its start."
    ),
]


@examples("protekt devices list", "protekt devices list --user alice@example.com --json")
def list_devices(
    ctx: typer.Context,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", autocompletion=completing.users, help="Of this user alone."
        ),
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List devices, the newest first."""
    from protekt_cli.cli import lists

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.holdings() as holdings:
        listed = holdings.list_devices(user=user, limit=limit)
        lists.show(invocation, format_, holdings.now(), listed, COLUMNS, FIELDS, limit)


@examples("protekt devices show dev_01jz3b6m")
def show(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Show a device, and how many of its sessions are active."""
    invocation = of(ctx)
    with invocation.holdings() as holdings:
        device, now = holdings.get_device(id_), holdings.now()
    invocation.output(one_format(as_json), now).record(device)


@examples("protekt devices rename dev_01jz3b6m 'work laptop'")
def rename(
    ctx: typer.Context,
    id_: Named,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    as_json: AsJson = False,
) -> None:
    """Call a device something else, in its sessions too."""
    _change(of(ctx), id_, one_format(as_json), {"name": name})


@examples("protekt devices trust dev_01jz3b6m")
def trust(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Keep a device when its last session is pruned."""
    _change(of(ctx), id_, one_format(as_json), {"trusted": True})


@examples("protekt devices untrust dev_01jz3b6m")
def untrust(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Let a device go with its last session.

    Its sessions live on; to end them, revoke it.
    """
    _change(of(ctx), id_, one_format(as_json), {"trusted": False})


@examples("protekt devices revoke dev_01jz3b6m", "protekt devices revoke dev_01jz3b6m --dry-run")
def revoke(
    ctx: typer.Context,
    id_: Named,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End the sessions of a device and remove it.

    A login that names it gets a new device. Its sessions keep its id and its name.
    """
    from protekt_cli.cli import revocation

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.holdings() as holdings:
        ended = _carry_out(holdings, id_, dry_run=dry_run, yes=yes)
        output = invocation.output(format_, holdings.now())
    if not (ended.not_found or format_ is Format.JSON):
        output.line("1 device would be removed" if dry_run else "1 device removed")
    revocation.show(output, ended, dry_run=dry_run)
    if ended.not_found:
        raise NotFound(f"there is no device {id_}")


def _carry_out(holdings: Holdings, id_: str, *, dry_run: bool, yes: bool) -> Ended:
    """Revoke a device, after asking where that ends more than one session."""
    from protekt_cli.cli.prompts import confirm

    try:
        ended = holdings.count_on_device(id_)
        if dry_run:
            return ended
        holdings.prepare()  # before anything is asked in vain
        if ended.sessions > 1 and not yes:
            confirm(f"this removes the device and ends {ended.sessions} sessions")
        return holdings.revoke_device(id_)
    except NotFound:
        return Ended(0, [], [id_])


def _change(invocation: Invocation, id_: str, format_: Format, changes: Mapping[str, Any]) -> None:
    """Change the device that is named, and show what became of it."""
    with invocation.administration() as admin:
        changed = admin.update_device(id_, changes)
        output = invocation.output(format_, admin.now())
    output.record(changed)
