"""One's own session on this machine: log in, log out, who am I.

Tokens are kept in the credentials file and never shown; the engine says whether they are good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, DryRun, PasswordStdin, Yes, one_format
from protekt_cli.cli.output import At, Format, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protekt_cli.cli.credentials import Login
    from protekt_cli.cli.output import Output
    from protekt_cli.engine.engine import Engine
    from protekt_cli.store.database import View


@examples(
    "protekt login alice@example.com",
    "protekt login alice@example.com --password-stdin < password.txt",
)
def login(
    ctx: typer.Context,
    email: Annotated[str | None, typer.Argument(metavar="EMAIL", show_default=False)] = None,
    password_stdin: PasswordStdin = False,
    device: Annotated[
        str | None, typer.Option("--device", metavar="NAME", help="Name of this machine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Log in and keep the session on this machine."""
    from protekt_cli.cli.prompts import ask_password, ask_text
    from protekt_cli.cli.renewal import caller
    from protekt_cli.engine import authentication
    from protekt_cli.engine.representation import grant_json

    invocation = of(ctx)
    with invocation.engine() as engine:
        credentials = invocation.credentials()
        credentials.prepare()
        engine.unlock()  # before anything is typed in vain
        email = email or ask_text("e-mail", "protekt login EMAIL")
        password = ask_password(from_stdin=password_stdin)
        name = device or _host_name()
        grant = authentication.login(
            engine,
            email,
            password,
            caller(credentials.find_device(device)),
            device_name=name,
            device_kind="terminal",
        )
        with credentials.locked():
            credentials.keep(grant_json(grant), name)
        answer = _who(engine, credentials.get_login())
    _show(invocation.output(one_format(as_json), grant.issued_at), answer)


@examples("protekt logout", "protekt logout --all --yes")
def logout(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="End all of your sessions.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """End the session of this machine and forget its tokens."""
    from protekt_cli.cli import revocation
    from protekt_cli.engine import events
    from protekt_cli.engine.revocation import Selection

    invocation = of(ctx)
    with invocation.engine() as engine:
        credentials = invocation.credentials()
        own = credentials.get_login().session_id
        user_id = engine.read(lambda view: _user_of(view, own))
        selection = Selection(user_id=user_id) if all_ and user_id else Selection(current=own)
        order = revocation.Order(selection, user_id or events.CLI, dry_run=dry_run, yes=yes)
        report = revocation.carry_out(engine, order)
        if not dry_run:
            with credentials.locked():
                credentials.forget(own)
        output = invocation.output(one_format(as_json), engine.store.now().seconds)
    if not (dry_run or output.format is Format.JSON):
        output.line("logged out")
    revocation.show(output, report, dry_run=dry_run)


@examples("protekt whoami", "protekt whoami --json")
def whoami(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show who is logged in on this machine."""
    from protekt_cli.cli.renewal import live

    invocation = of(ctx)
    with invocation.engine() as engine:
        answer = _who(engine, live(engine, invocation.credentials()))
        output = invocation.output(one_format(as_json), engine.store.now().seconds)
    _show(output, answer)


def _who(engine: Engine, stored: Login) -> dict[str, Any]:
    from protekt_cli.cli.renewal import LOG_IN_AGAIN
    from protekt_cli.engine import validation
    from protekt_cli.engine.representation import session_json, user_json
    from protekt_cli.errors import InvalidToken, Reason

    found = validation.validate(engine, stored.access_token)
    if found.session is None or found.user is None:
        reason = found.reason or Reason.MISSING
        raise InvalidToken(reason, end_reason=found.end_reason, hint=LOG_IN_AGAIN)
    now = engine.store.now().seconds
    return {
        "server": None,
        "user": user_json(found.user),
        "session": session_json(found.session, now, current=stored.session_id),
        "expiresIn": found.expires_in,
    }


def _user_of(view: View, session_id: str) -> str | None:
    from protekt_cli.store import sessions

    session = sessions.find(view, session_id)
    return session.user_id if session else None


def _show(output: Output, answer: dict[str, Any]) -> None:
    output.record(answer, _rows(answer, output.now))


def _rows(answer: dict[str, Any], now: int) -> Iterator[Row]:
    user, session = answer["user"], answer["session"]
    yield "user", user["email"]
    yield "name", user["name"]
    yield "session", session["id"]
    yield "device", session["device"]["name"]
    yield "logged in", At(session["createdAt"])
    yield "session expires", At(session["expiresAt"])
    yield "access token expires", At(now + answer["expiresIn"])


def _host_name() -> str:
    import socket

    return socket.gethostname()
