"""`protekt explain`: the verdict on a token or a session, the rule, the deadlines, the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import At, Format, Row, Status

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.explain import Explanation
    from protekt_cli.store.database import View

_DEADLINES = {
    "idle": "moves with every use",
    "refresh": "moves with a rotation, where it slides",
    "absolute": "never moves",
}


@examples(
    "protekt explain",
    "protekt explain sess_01jz3b6m",
    "protekt explain - --json < token.txt",
)
def explain(
    ctx: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="TOKEN|ID",
            show_default=False,
            help="An access token, a session id, or - for standard input, which may be a refresh"
            " token too; left out, the stored login's access token.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what becomes of a token or a session, and why.

    It is no use of the session, and ends nothing. The exit code is 0 whatever the verdict.
    """
    invocation = of(ctx)
    text = _read(invocation, subject)
    with invocation.engine() as engine:
        found, now = engine.read(lambda view: (_explain(engine, view, text), view.now.seconds))
    answer = _json(found, now, invocation)
    output = invocation.output(one_format(as_json), now)
    if output.format is Format.JSON:
        output.record(answer)
    else:
        output.table(("part", "name", "value", "meaning"), _rows(answer))


def _read(invocation: Invocation, subject: str | None) -> str:
    from protekt_cli.cli.prompts import read_stdin
    from protekt_cli.cli.tokens import bare, never_an_argument, stored

    if subject is None:
        return stored(invocation)
    text = bare(read_stdin() if subject == "-" else subject)
    if text.startswith("ref_") and subject != "-":
        raise never_an_argument("explain")
    return text


def _explain(engine: Engine, view: View, text: str) -> Explanation:
    from protekt_cli.engine import explain

    if text.startswith("sess_"):
        return explain.of_session(engine, view, text)
    if text.startswith("ref_"):
        return explain.of_refresh_token(engine, view, text)
    return explain.of_access_token(engine, view, text)


def _json(found: Explanation, now: int, invocation: Invocation) -> dict[str, Any]:
    from protekt_cli.engine.representation import event_json, session_json

    session = found.session
    current = invocation.own_session()
    return {
        "subject": found.subject,
        "verdict": found.verdict,
        "rule": found.rule,
        "session": session_json(session, now, current=current, with_note=True) if session else None,
        "deadlines": {
            "idle": session.idle_expires_at if session else None,
            "refresh": session.refresh_expires_at if session else None,
            "absolute": session.absolute_expires_at if session else None,
        },
        "timeline": [event_json(event) for event in found.timeline],
    }


def _rows(answer: dict[str, Any]) -> Iterator[Row]:
    verdict = Status(answer["verdict"])
    yield "verdict", answer["subject"].replace("_", " "), verdict, answer["rule"]
    session = answer["session"]
    if session:
        yield "session", "id", session["id"], "of this machine" if session["current"] else None
        yield "session", "user", session["userEmail"], session["userId"]
        yield "session", "device", session["device"]["name"], session["device"]["id"]
        yield "session", "status", Status(session["status"]), None
        if session["endedAt"] is not None:
            yield "session", "ended", At(session["endedAt"]), session["endReason"]
        if session["endNote"]:
            yield "session", "note", session["endNote"], None
        for name, at in answer["deadlines"].items():
            yield "deadline", name, At(at), _DEADLINES[name]
    for event in answer["timeline"]:
        yield "timeline", event["type"], At(event["at"]), _in_words(event)


def _in_words(event: dict[str, Any]) -> str:
    """Say of an event what its type does not."""
    parts = [event["reason"], event["data"].get("kind"), f"by {event['actor']}"]
    if event["ip"]:
        parts.append(f"from {event['ip']}")
    return ", ".join(part for part in parts if part)
