"""Sessions: see them. How they end is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsCsv, AsIds, AsJson, AsJsonl, Limit, one_format

if TYPE_CHECKING:
    from protekt_cli.models import Session
    from protekt_cli.store.database import View
    from protekt_cli.store.sessions import Filter

Status = Literal["active", "expired", "revoked", "all"]
Sort = Literal["created", "-created", "active", "-active", "expires", "-expires", "user", "-user"]

COLUMNS = {
    "id": "id",
    "user": "userEmail",
    "status": "status",
    "device": "device.name",
    "last active": "lastActiveAt",
    "expires": "expiresAt",
    "ip": "ip",
    "current": "current",
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
        str | None, typer.Option("--user", metavar="USER", help="Of this user alone.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="ID", help="On this device alone.")
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
    """List the active sessions, the newest first."""
    from protekt_cli.cli.lists import cut
    from protekt_cli.engine.representation import session_json
    from protekt_cli.store import sessions

    def query(view: View) -> tuple[list[Session], int]:
        wanted = _filter(view, user=user, device=device, status=status, ip=ip, since=since)
        most = limit + 1 if limit else None
        return sessions.list_matching(view, wanted, most, sort), view.now.seconds

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(query)
    current = invocation.own_session()
    shown = [
        session_json(session, now, current=current, with_note=True)
        for session in cut(invocation, found, limit)
    ]
    invocation.output(format_, now).records(shown, COLUMNS, FIELDS)


@examples("protekt sessions show sess_01jz3b6m")
def show(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="A session id, or its start.")],
    as_json: AsJson = False,
) -> None:
    """Show a session and its deadlines."""
    from protekt_cli.engine import sessions
    from protekt_cli.engine.representation import session_json

    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(lambda view: (sessions.get(view, id_), view.now.seconds))
    shown = session_json(found, now, current=invocation.own_session(), with_note=True)
    invocation.output(one_format(as_json), now).record(shown)


def _filter(
    view: View,
    *,
    user: str | None,
    device: str | None,
    status: Status,
    ip: str | None,
    since: str | None,
) -> Filter:
    from protekt_cli.cli import lists
    from protekt_cli.cli.addresses import parse_network
    from protekt_cli.models import SessionStatus
    from protekt_cli.store.sessions import Filter

    return Filter(
        user_id=_user_id(view, user) if user else None,
        device_id=_device_id(view, device) if device else None,
        status=None if status == "all" else SessionStatus(status),
        since=lists.since(since, view.now.seconds) if since else None,
        network=parse_network(ip) if ip else None,
    )


def _user_id(view: View, text: str) -> str:
    from protekt_cli.engine import users

    return users.get(view, text).id


def _device_id(view: View, text: str) -> str:
    from protekt_cli.core.ids import Prefix
    from protekt_cli.engine.cut_ids import resolve

    return resolve(view, Prefix.DEVICE, text)
