"""Sessions: see them. How they end is elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsCsv, AsIds, AsJson, AsJsonl, Limit, one_format

Status = Literal["active", "expired", "revoked", "all"]
Sort = Literal["created", "-created", "active", "-active", "expires", "-expires", "user", "-user"]

COLUMNS = {
    "id": "id",
    "user": "userEmail",
    "last active": "lastActiveAt",
    "device": "device.name",
    "ip": "ip",
    "expires": "expiresAt",
    "status": "status",
    "current": "current",
}
#: Where some have ended: how and when comes first.
COLUMNS_OF_ENDED = {
    "id": "id",
    "user": "userEmail",
    "status": "status",
    "ended": "endedAt",
    "why": "endReason",
    **COLUMNS,
}
FIELDS = (
    "id",
    "userId",
    "userEmail",
    "status",
    "device.id",
    "device.name",
    "ip",
    "userAgent",
    "location",
    "amr",
    "createdAt",
    "lastActiveAt",
    "refreshedAt",
    "idleExpiresAt",
    "absoluteExpiresAt",
    "expiresAt",
    "endedAt",
    "endReason",
    "endNote",
    "current",
)


@examples(
    "protekt sessions list",
    "protekt sessions list --user alice@example.com --status all --json",
    "protekt sessions list --ip 192.0.2.0/24 --since 7d --ids",
)
def list_sessions(
    ctx: typer.Context,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", autocompletion=completing.users, help="Of this user alone."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="ID",
            autocompletion=completing.devices,
            help="On this device alone.",
        ),
    ] = None,
    status: Annotated[
        Status, typer.Option("--status", metavar="STATUS", help="active, expired, revoked or all.")
    ] = "active",
    ip: Annotated[
        str | None, typer.Option("--ip", metavar="IP", help="From this address or CIDR network.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Active since then, or in the last 7d."),
    ] = None,
    sort: Annotated[
        Sort,
        typer.Option(
            "--sort", metavar="KEY", help="created, active, expires or user; -KEY reverses it."
        ),
    ] = "-created",
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List the active sessions, the newest first.

    Where there is no room for every column the last are left out: --json shows everything.
    """
    from protekt_cli.cli import lists
    from protekt_cli.cli.administration import SessionQuery

    format_ = one_format(as_json, as_jsonl, csv, ids)
    query = SessionQuery(user, device, status, ip, since, sort, limit)
    invocation = of(ctx)
    with invocation.holdings() as holdings:
        listed = holdings.list_sessions(query)
        own = invocation.own_session()
        marked = listed._replace(
            items=({**each, "current": each["id"] == own} for each in listed.items)
        )
        columns = COLUMNS if status == "active" else COLUMNS_OF_ENDED
        lists.show(invocation, format_, holdings.now(), marked, columns, FIELDS, limit)


@examples("protekt sessions show sess_01jz3b6m")
def show(
    ctx: typer.Context,
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID", autocompletion=completing.sessions, help="A session id, or its start."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Show a session and its deadlines."""
    invocation = of(ctx)
    with invocation.holdings() as holdings:
        session, now = holdings.get_session(id_), holdings.now()
    shown = {**session, "current": session["id"] == invocation.own_session()}
    invocation.output(one_format(as_json), now).record(shown)
