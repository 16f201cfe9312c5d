"""Events: list them, follow them as they are written, and verify that nobody changed one."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsCsv, AsIds, AsJson, AsJsonl, Limit, one_format
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import Failed, Usage

if TYPE_CHECKING:
    from protekt_cli.engine.event_log import Head
    from protekt_cli.models import Event
    from protekt_cli.store.database import Store, View
    from protekt_cli.store.events import Filter

COLUMNS = {
    "seq": "seq",
    "at": "at",
    "type": "type",
    "user": "userId",
    "session": "sessionId",
    "ip": "ip",
    "actor": "actor",
    "reason": "reason",
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

#: Events that are read at once, and that `tail` begins with.
_PAGE = 1000
_TAIL = 10
#: Seconds between two looks for new events.
_PERIOD = 0.25


@examples(
    "protekt events list --type 'session:*' --since 1h",
    "protekt events list --user alice@example.com --json",
    "protekt events list --session sess_01jz3b6m --limit 0",
)
def list_events(
    ctx: typer.Context,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Of this type; * is any text.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="About this user alone.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="About this session alone.")
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
    from protekt_cli.cli.lists import note_cut
    from protekt_cli.engine.representation import event_json
    from protekt_cli.store.events import find_start

    def begin(view: View) -> tuple[Filter, int, bool, int]:
        wanted = _filter(view, type_=type_, user=user, session=session, since=since)
        start, has_more = find_start(view, wanted, limit) if limit else (0, False)
        return wanted, start, has_more, view.now.seconds

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        wanted, start, has_more, now = store.read(begin)
        events = islice(_events(store, wanted, start - 1), limit or None)
        shown = (event_json(event) for event in events)
        invocation.output(format_, now).records(shown, COLUMNS, FIELDS)
    if has_more:
        note_cut(invocation, limit)


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
    """Show the last ten events, and those to come.

    With --follow nothing is ever complete, so --json is the same as --jsonl there.
    """
    from protekt_cli.engine.representation import event_json
    from protekt_cli.store.events import EVERYTHING, find_start

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        start, _ = store.read(lambda view: find_start(view, EVERYTHING, _TAIL))
        output = invocation.output(format_, store.now().seconds)
        if follow:
            output = _endless(output)
            events = _followed(store, start - 1, output)
        else:
            events = _events(store, EVERYTHING, start - 1)
        output.records((event_json(event) for event in events), COLUMNS, FIELDS)


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
    prints somewhere else.
    """
    from protekt_cli.cli.long_work import progress_of
    from protekt_cli.engine import event_log

    known = _head(head) if head is not None else None
    invocation = of(ctx)
    with invocation.engine(heeds_server=False) as engine:
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


def _events(store: Store, wanted: Filter, after: int) -> Iterator[Event]:
    """Give the events of a filter behind a `seq`, in pages: no snapshot is held open."""
    from protekt_cli.store.events import list_page

    while page := store.read(lambda view: list_page(view, wanted, after, _PAGE)):  # noqa: B023
        yield from page
        after = page[-1].seq


def _endless(output: Output) -> Output:
    """Return a way to write one by one what never ends: no array, and no drawn table."""
    format_ = Format.JSONL if output.format is Format.JSON else output.format
    return replace(output, format=format_, is_terminal=False)


def _followed(store: Store, after: int, output: Output) -> Iterator[Event]:
    """Give the events there are, then each new one soon after it was written, for ever."""
    from protekt_cli.store.events import EVERYTHING, find_last

    while True:
        for event in _events(store, EVERYTHING, after):
            yield event
            after = event.seq
        _pause(output)
        last = store.read(find_last)
        if last is not None and last[0] < after:
            after = 0  # the events began anew


def _pause(output: Output) -> None:
    """Wait a moment, and no longer than there is somebody who reads."""
    output.stream.flush()
    waiting = select.poll()
    waiting.register(sys.stdout.fileno(), 0)
    if waiting.poll(_PERIOD * 1000):
        raise BrokenPipeError


def _head(text: str) -> Head:
    from protekt_cli.engine.event_log import Head

    try:
        return Head.parse(text)
    except ValueError as error:
        raise Usage(f"--head {text} is not possible", hint=str(error)) from None


def _filter(
    view: View, *, type_: str | None, user: str | None, session: str | None, since: str | None
) -> Filter:
    from protekt_cli.cli import lists
    from protekt_cli.engine import event_subjects
    from protekt_cli.store.events import Filter

    return Filter(
        type=type_,
        user_id=event_subjects.user_id(view, user) if user else None,
        session_id=event_subjects.session_id(view, session) if session else None,
        since=lists.since(since, view.now.seconds) if since else None,
    )
