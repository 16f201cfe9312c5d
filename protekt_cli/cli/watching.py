"""`protekt sessions watch`: who is logged in, as it changes.

On a terminal the list is drawn anew each second; elsewhere every session that begins, is
refreshed or ends is one line, for programs.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.administration import Json, SessionQuery
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, AsJsonl, one_format
from protekt_cli.cli.output import Format, Output
from protekt_cli.cli.sessions import COLUMNS, FIELDS
from protekt_cli.errors import NotFound

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
        str | None, typer.Option("--user", metavar="USER", help="Of this user alone.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="ID", help="On this device alone.")
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
    with invocation.administration() as administration:
        output = invocation.output(one_format(as_json, as_jsonl), administration.now())
        if output.is_terminal and output.format is Format.TABLE:
            _redraw(invocation, administration, output, query)
        else:
            _follow(invocation, administration, output, query)


def _redraw(
    invocation: Invocation, administration: Administration, output: Output, query: SessionQuery
) -> None:
    columns = {title: path for title, path in COLUMNS.items() if path != "status"}
    own = invocation.own_session()
    with output.live(columns) as show:
        while True:
            listed = administration.list_sessions(query)
            output.now = administration.now()
            sessions = [_marked(session, own) for session in listed.items]
            count = f"more than {_MOST}" if listed.is_cut else str(len(sessions))
            show(f"active sessions: {count}   (Ctrl-C ends)", sessions)
            _pause()


def _follow(
    invocation: Invocation, administration: Administration, output: Output, query: SessionQuery
) -> None:
    # Nothing that never ends is an array, or drawn.
    format_ = Format.JSONL if output.format is Format.JSON else output.format
    output = replace(output, format=format_, is_terminal=False)
    own = invocation.own_session()
    sessions = (_marked(each, own) for each in _changed(administration, output, query))
    output.records(sessions, COLUMNS, FIELDS)


def _changed(administration: Administration, output: Output, query: SessionQuery) -> Iterator[Json]:
    """Give each session that matches when an event says that it has changed, for ever."""
    administration.list_sessions(query._replace(limit=1))  # refuses what is no filter
    for event in administration.follow_events(0):
        if event is None:
            output.stream.flush()
            _pause()
        elif event["sessionId"] is not None and event["type"].startswith("session:"):
            yield from _matching(administration, query, event["sessionId"])


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


def _pause() -> None:
    """Wait a moment, and no longer than there is somebody who reads."""
    waiting = select.poll()
    waiting.register(sys.stdout.fileno(), 0)
    if waiting.poll(_PERIOD * 1000):
        raise BrokenPipeError
