"""Events: list them, follow them as they are written, and verify that nobody changed one."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.administration import EventQuery, Json
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsCsv, AsIds, AsJson, AsJsonl, Limit, one_format
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import Failed, Usage

if TYPE_CHECKING:
    from protekt_cli.engine.event_log import Head

COLUMNS = {
    "seq": "seq",
    "at": "at",
    "type": "type",
    "reason": "reason",
    "session": "sessionId",
    "user": "userId",
    "actor": "actor",
    "ip": "ip",
    "data": "data",
}
FIELDS = (
    "seq",
    "id",
    "type",
    "at",
    "userId",
    "sessionId",
    "deviceId",
    "ip",
    "actor",
    "reason",
    "data",
)

#: Events that `tail` begins with.
_TAIL = 10


@examples(
    "protekt events list --type 'session:*' --since 1h",
    "protekt events list --user alice@example.com --json",
    "protekt events list --session sess_01jz3b6m --limit 0",
)
def list_events(
    ctx: typer.Context,
    type_: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=completing.event_types,
            help="Of this type; * is any text.",
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", autocompletion=completing.users, help="About this user alone."
        ),
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="ID",
            autocompletion=completing.sessions,
            help="About this session alone.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Written since then, or in the last 7d."),
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List the last events, the oldest of them first."""
    from protekt_cli.cli import lists

    format_ = one_format(as_json, as_jsonl, csv, ids)
    query = EventQuery(type_, user, session, since, limit)
    invocation = of(ctx)
    with invocation.administration() as admin:
        listed, now = admin.list_events(query), admin.now()
        lists.show(invocation, format_, now, listed, COLUMNS, FIELDS, limit)


@examples("protekt events tail", "protekt events tail --follow --jsonl")
def tail(
    ctx: typer.Context,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with the events to come, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """Show the last ten events; with --follow, those to come as well.

    With --follow nothing is ever complete, so --json is the same as --jsonl there.
    """
    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.administration() as admin:
        output = invocation.output(format_, admin.now())
        if follow:
            output = endless(output)
            events: Iterable[Json] = while_read(admin.follow_events(_TAIL), output)
        else:
            events = admin.list_events(EventQuery(limit=_TAIL)).items
        output.records(events, COLUMNS, FIELDS)


@examples("protekt events verify", "protekt events verify --head 1024:9f86d0… --json")
def verify(
    ctx: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="SEQ:DIGEST",
            help="The head of an earlier run: finds out whether later events were cut off.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no event was changed, moved or removed.

    Without --head nobody can tell whether the last ones were cut off: keep the head that this
    prints somewhere else. Exit code 1 says that one is not as it was written.
    """
    from protekt_cli.cli.long_work import progress_of
    from protekt_cli.engine import event_log

    known = _head(head) if head is not None else None
    invocation = of(ctx)
    with invocation.engine() as engine:
        with progress_of(invocation, "verifying") as told:
            found = event_log.verify(engine, known, told)
        output = invocation.output(one_format(as_json), engine.store.now().seconds)
    output.record(
        {
            "ok": found.is_ok,
            "count": found.count,
            "head": str(found.head),
            "firstBadSeq": found.first_bad_seq,
        }
    )
    if not found.is_ok:
        raise Failed(
            f"event {found.first_bad_seq} is not as it was written",
            hint="it was changed, moved or removed; those before it are right",
        )


def endless(output: Output) -> Output:
    """Return a way to write one by one what never ends: no array, and no drawn table."""
    format_ = Format.JSONL if output.format is Format.JSON else output.format
    return replace(output, format=format_, is_terminal=False)


def while_read(events: Iterable[Json | None], output: Output) -> Iterator[Json]:
    """Give events as they come, for as long as there is somebody who reads."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)
    for event in events:
        if event is not None:
            yield event
            continue
        output.stream.flush()
        if reader.poll(0):
            raise BrokenPipeError


def _head(text: str) -> Head:
    from protekt_cli.engine.event_log import Head

    try:
        return Head.parse(text)
    except ValueError as error:
        raise Usage(f"--head {text} is not possible", hint=str(error)) from None
