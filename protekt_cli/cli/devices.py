"""Devices: see them, name them, trust them, take them away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

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
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.revocation import Report
    from protekt_cli.models import Device
    from protekt_cli.store.database import Transaction, View

    Change = Callable[[Transaction, Device], Device]

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

Named = Annotated[str, typer.Argument(metavar="ID", help="A device id, or its start.")]


@examples("protekt devices list", "protekt devices list --user alice@example.com --json")
def list_devices(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Of this user alone.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List devices, the newest first."""
    from protekt_cli.cli.lists import cut
    from protekt_cli.engine.representation import device_json
    from protekt_cli.store import devices

    def query(view: View) -> tuple[list[tuple[Device, int]], int]:
        user_id = _user_id(view, user) if user is not None else None
        most = limit + 1 if limit else None
        return devices.list_counted(view, user_id=user_id, limit=most), view.now.seconds

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(query)
    shown = [device_json(device, active) for device, active in cut(invocation, found, limit)]
    invocation.output(format_, now).records(shown, COLUMNS, FIELDS)


@examples("protekt devices show dev_01jz3b6m")
def show(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Show a device, and how many of its sessions are active."""
    from protekt_cli.engine import devices
    from protekt_cli.engine.representation import device_json
    from protekt_cli.store.sessions import count_active_by_device

    def query(view: View) -> tuple[Device, int, int]:
        device = devices.get(view, id_)
        return device, count_active_by_device(view, device.id), view.now.seconds

    invocation = of(ctx)
    with invocation.store() as store:
        found, active, now = store.read(query)
    invocation.output(one_format(as_json), now).record(device_json(found, active))


@examples("protekt devices rename dev_01jz3b6m 'work laptop'")
def rename(
    ctx: typer.Context,
    id_: Named,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    as_json: AsJson = False,
) -> None:
    """Call a device something else, in its sessions too."""
    from protekt_cli.engine import devices

    _change(
        of(ctx),
        id_,
        one_format(as_json),
        lambda transaction, device: devices.rename(transaction, device, name),
    )


@examples("protekt devices trust dev_01jz3b6m")
def trust(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Keep a device when its last session is pruned."""
    from protekt_cli.engine import devices

    _change(
        of(ctx),
        id_,
        one_format(as_json),
        lambda transaction, device: devices.set_trusted(transaction, device, trusted=True),
    )


@examples("protekt devices untrust dev_01jz3b6m")
def untrust(ctx: typer.Context, id_: Named, as_json: AsJson = False) -> None:
    """Let a device go with its last session.

    Its sessions live on; to end them, revoke it.
    """
    from protekt_cli.engine import devices

    _change(
        of(ctx),
        id_,
        one_format(as_json),
        lambda transaction, device: devices.set_trusted(transaction, device, trusted=False),
    )


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
    with invocation.engine() as engine:
        report = _carry_out(engine, id_, dry_run=dry_run, yes=yes)
        output = invocation.output(format_, engine.store.now().seconds)
    if not (report.not_found or format_ is Format.JSON):
        output.line("1 device would be removed" if dry_run else "1 device removed")
    revocation.show(output, report, dry_run=dry_run)
    if report.not_found:
        raise NotFound(f"there is no device {id_}")


def _carry_out(engine: Engine, text: str, *, dry_run: bool, yes: bool) -> Report:
    """Revoke a device, after asking where that ends more than one session."""
    from protekt_cli.cli.prompts import confirm
    from protekt_cli.engine import devices, events, revocation

    def look(view: View) -> tuple[str, Report]:
        device = devices.get(view, text)
        selection = revocation.Selection(device_id=device.id)
        return device.id, revocation.find_selected(view, selection)

    try:
        device_id, report = engine.read(look)
    except NotFound:
        return revocation.Report((), (text,))
    if dry_run:
        return report
    engine.unlock()  # before anything is asked in vain
    if len(report.revoked) > 1 and not yes:
        confirm(f"this removes the device and ends {len(report.revoked)} sessions")
    return devices.revoke(engine, device_id, actor=events.CLI)


def _change(invocation: Invocation, text: str, format_: Format, change: Change) -> None:
    """Change the device that is named, and show what became of it."""
    from protekt_cli.engine import devices
    from protekt_cli.engine.representation import device_json
    from protekt_cli.store.sessions import count_active_by_device

    def operation(transaction: Transaction) -> tuple[Device, int, int]:
        device = change(transaction, devices.get(transaction, text))
        active = count_active_by_device(transaction, device.id)
        return device, active, transaction.now.seconds

    with invocation.engine() as engine:
        engine.unlock()  # nothing is sealed for it, but whatever writes needs the master key
        changed, active, now = engine.submit(operation)
    invocation.output(format_, now).record(device_json(changed, active))


def _user_id(view: View, text: str) -> str:
    from protekt_cli.engine import users

    return users.get(view, text).id
