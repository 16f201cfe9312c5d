"""`protekt sessions watch`: who is logged in, as it changes.

On a terminal the list is drawn anew each second; elsewhere every session that begins, is
refreshed or ends is one line, for programs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.administration import Json, SessionQuery
from protekt_cli.cli.commands import examples
from protekt_cli.cli.events import endless, while_read
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, AsJsonl, one_format
from protekt_cli.cli.output import Format
from protekt_cli.cli.sessions import COLUMNS, FIELDS
from protekt_cli.errors import NotFound

if TYPE_CHECKING:
    from protekt_cli.cli.administration.interface import Administration, Holdings

if TYPE_CHECKING:
    from protekt_cli.cli.administration.interface import Administration

#: Seconds between two looks.
_PERIOD = 1.0
#: Sessions that are asked for: more than any terminal shows.
_MOST = 500


@examples(
    "protekt sessions watch",
    "protekt sessions watch --user alice@example.com",
    "protekt sessions watch --jsonl",
)
def watch(
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
    ip: Annotated[
        str | None, typer.Option("--ip", metavar="IP", help="From this address or CIDR network.")
    ] = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
) -> None:
    """Show the active sessions as they change, until Ctrl-C.

    In a pipe each session is a line when it begins, is refreshed and ends. Nothing is ever
    complete, so --json is the same as --jsonl.
    """
    invocation = of(ctx)
    query = SessionQuery(user=user, device=device, ip=ip, sort="-active", limit=_MOST)
    format_ = one_format(as_json, as_jsonl)
    if format_ is Format.TABLE and invocation.output(format_, 0).is_terminal:
        with invocation.holdings() as holdings:
            _redraw(invocation, holdings, query)
    else:
        with invocation.administration() as administration:
            _follow(invocation, administration, format_, query)


def _redraw(invocation: Invocation, holdings: Holdings, query: SessionQuery) -> None:
    columns = {title: path for title, path in COLUMNS.items() if path != "status"}
    own = invocation.own_session()
    output = invocation.output(Format.TABLE, holdings.now())
    with output.live(columns) as show:
        while True:
            listed = holdings.list_sessions(query)
            output.now = holdings.now()
            sessions = [_marked(session, own) for session in listed.items]
            count = f"more than {_MOST}" if listed.is_cut else str(len(sessions))
            show(f"active sessions: {count}   (Ctrl-C ends)", sessions)
            time.sleep(_PERIOD)


def _follow(
    invocation: Invocation, administration: Administration, format_: Format, query: SessionQuery
) -> None:
    administration.list_sessions(query._replace(limit=1))  # refuses what is no filter
    output = endless(invocation.output(format_, administration.now()))
    own = invocation.own_session()
    sessions = (
        _marked(session, own)
        for event in while_read(administration.follow_events(0), output)
        if event["sessionId"] is not None and event["type"].startswith("session:")
        for session in _matching(administration, query, event["sessionId"])
    )
    output.records(sessions, COLUMNS, FIELDS)


def _matching(
    administration: Administration, query: SessionQuery, session_id: str
) -> Iterator[Json]:
    """Give the session, if it is one of those that are asked for and is there still."""
    try:
        session = administration.get_session(session_id)
        if query.user is not None:
            user = administration.get_user(query.user)
            if user["id"] != session["userId"]:
                return
    except NotFound:
        return
    if query.device is not None and not session["device"]["id"].startswith(query.device):
        return
    if query.ip is None or _is_within(session["ip"], query.ip):
        yield session


def _is_within(address: str | None, network: str) -> bool:
    from ipaddress import ip_address

    from protekt_cli.cli.addresses import parse_network

    return address is not None and ip_address(address) in parse_network(network)


def _marked(session: Json, own: str | None) -> dict[str, Any]:
    return {**session, "current": session["id"] == own}
