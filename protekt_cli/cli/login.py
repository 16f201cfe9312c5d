"""One's own session on this machine: log in, log out, who am I.

Tokens are kept with the credentials and never shown; the database or the server says whether they
are good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, PasswordStdin, Yes, one_format
from protekt_cli.cli.output import At, Format, Row
from protekt_cli.errors import InvalidToken, Reason, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protekt_cli.cli.administration import Ended
    from protekt_cli.cli.credentials import Login
    from protekt_cli.cli.output import Output
    from protekt_cli.cli.own.interface import Json, Own

#: What is said of a token whose session is not there to be ended.
_GONE = (
    Reason.SESSION_REVOKED,
    Reason.SESSION_EXPIRED,
    Reason.UNKNOWN_SESSION,
    Reason.MALFORMED,  # as refresh tokens of another installation are
)


@examples(
    "protekt login alice@example.com",
    "protekt login alice@example.com --password-stdin < password.txt",
)
def login(
    ctx: typer.Context,
    email: Annotated[
        str | None,
        typer.Argument(metavar="EMAIL", show_default=False, help="Who; left out, it is asked for."),
    ] = None,
    password_stdin: PasswordStdin = False,
    device: Annotated[
        str | None, typer.Option("--device", metavar="NAME", help="Name of this machine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Log in and keep the session on this machine."""
    from protekt_cli.cli.prompts import ask_password, ask_text

    invocation = of(ctx)
    with invocation.own() as own:
        credentials = invocation.credentials()
        credentials.file.prepare()
        device_id = credentials.find_device(device)
        own.prepare()  # before anything is typed in vain
        email = email or ask_text("e-mail", "protekt login EMAIL")
        password = ask_password(from_stdin=password_stdin)
        name = device or _host_name()
        response = own.log_in(email, password, device_id=device_id, name=name)
        with credentials.locked():
            credentials.keep(response, name, own.now())
        stored = credentials.get_login()
        answer = answer_of(own, stored, own.get_session(stored))
    show(invocation.output(one_format(as_json), own.now()), answer)


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

    invocation = of(ctx)
    with invocation.own() as own:
        stored = invocation.credentials().get_login()
        try:
            ended = _end(invocation, own, all_=all_, yes=yes, dry_run=dry_run)
        except StoreUnavailable as failed:
            kept = "the login is kept: log out again later"
            failed.hint = f"{failed.hint}; {kept}" if failed.hint else kept
            raise
        if not dry_run:
            with invocation.credentials().locked():
                invocation.credentials().forget(stored.session_id)
        output = invocation.output(one_format(as_json), own.now())
    if not (dry_run or output.format is Format.JSON):
        output.line("logged out")
    revocation.show(output, ended, dry_run=dry_run)


@examples("protekt whoami", "protekt whoami --json")
def whoami(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show who is logged in on this machine."""
    from protekt_cli.cli.renewal import live

    invocation = of(ctx)
    with invocation.own() as own:
        answer = answer_of(own, *live(own, invocation.credentials()))
        output = invocation.output(one_format(as_json), own.now())
    show(output, answer)


def answer_of(own: Own, stored: Login, found: Json) -> Json:
    """Return who is logged in, as programs read it."""
    left = stored.response_at(own.now())["expiresIn"]
    return {
        "server": own.server,
        "user": found["user"],
        "session": found["session"],
        "expiresIn": left,
    }


def show(output: Output, answer: dict[str, Any]) -> None:
    """Write who is logged in."""
    output.record(answer, _rows(answer, output.now))


def _end(invocation: Invocation, own: Own, *, all_: bool, yes: bool, dry_run: bool) -> Ended:
    """End what is to be ended, after asking where that is more than one session.

    A session that cannot be ended because it has ended is no error: that is what was wanted.
    """
    from protekt_cli.cli.administration import Ended
    from protekt_cli.cli.prompts import confirm
    from protekt_cli.cli.renewal import attempt

    credentials = invocation.credentials()
    try:
        if dry_run or (all_ and not yes):
            counted = attempt(own, credentials, lambda stored: own.count(stored, all_=all_))
            if dry_run:
                return counted
            own.prepare()  # before anybody is asked in vain
            if counted.sessions > 1:
                confirm(f"this ends {counted.sessions} sessions")
        return attempt(own, credentials, lambda stored: own.log_out(stored, all_=all_))
    except InvalidToken as refused:
        if all_ or refused.reason not in _GONE:
            raise
        invocation.note(f"note: there was no session to be ended: {refused.message}")
        return Ended(0, [])


def _rows(answer: dict[str, Any], now: int) -> Iterator[Row]:
    user, session = answer["user"], answer["session"]
    if answer["server"]:
        yield "server", answer["server"]
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
