"""Tokens: issue one, look into one, have one judged, give one back. Other people's too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, one_format, seconds_of
from protekt_cli.cli.output import At, Format, Row
from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

Token = Annotated[
    str | None,
    typer.Argument(
        metavar="TOKEN",
        show_default=False,
        help="An access token; - for standard input; left out, the stored login's.",
    ),
]


@examples(
    "protekt token issue alice@example.com --ttl 15m",
    "protekt token issue ci@example.com --claim role=deploy --json",
)
def issue(
    ctx: typer.Context,
    user: Annotated[
        str,
        typer.Argument(
            metavar="USER", autocompletion=completing.users, help="An e-mail or a user id."
        ),
    ],
    ttl: Annotated[
        str | None, typer.Option("--ttl", metavar="DURATION", help="How long the token lives: 15m.")
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="NAME=VALUE", help="One more claim; VALUE may be JSON."),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="NAME", help="Name of the session's device.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start a session for a user and print its access token."""
    format_ = one_format(as_json)
    seconds = None if ttl is None else seconds_of("--ttl", ttl)
    claims = _claims(claim or [])
    invocation = of(ctx)
    with invocation.administration() as admin:
        response = admin.issue(user, ttl=seconds, claims=claims, device=device)
    output = invocation.output(format_, response["expiresAt"] - response["expiresIn"])
    if output.format is Format.JSON:
        output.record(response)
    else:
        output.line(response["sessionToken"])
    _note_cut(invocation, response["expiresIn"], seconds)


@examples("protekt token decode", "protekt token decode - < token.txt")
def decode(ctx: typer.Context, token: Token = None, as_json: AsJson = False) -> None:
    """Show what a token says; nothing is verified, and no database is needed."""
    from protekt_cli.cli import decoding
    from protekt_cli.clock import Clock

    invocation = of(ctx)
    now = Clock().now().seconds
    decoded = decoding.decode(_read(invocation, token), now)
    output = invocation.output(one_format(as_json), now)
    if output.format is Format.JSON:
        output.record(decoded)
    else:
        output.table(("part", "name", "value", "meaning"), decoding.rows(decoded, now))


@examples("protekt token verify", "protekt token verify - --json < token.txt")
def verify(ctx: typer.Context, token: Token = None, as_json: AsJson = False) -> None:
    """Check a token as a server does, without using its session.

    Exit code 4 says that it is refused, and the reason is printed.
    """
    from protekt_cli.errors import EndReason, InvalidToken, Reason

    format_ = one_format(as_json)
    invocation = of(ctx)
    text = _read(invocation, token)
    with invocation.administration() as admin:
        answer, now = admin.verify_token(text), admin.now()
    invocation.output(format_, now).record(answer, _rows(answer, now))
    if not answer["valid"]:
        ended = answer["endReason"]
        raise InvalidToken(Reason(answer["reason"]), end_reason=EndReason(ended) if ended else None)


@examples("protekt token revoke", "protekt token revoke - < token.txt")
def revoke(ctx: typer.Context, token: Token = None, as_json: AsJson = False) -> None:
    """End the session of a token, as logging out does.

    On standard input it may be a refresh token too.
    """
    from protekt_cli.cli import revocation
    from protekt_cli.cli.renewal import named
    from protekt_cli.errors import InvalidToken

    format_ = one_format(as_json)
    invocation = of(ctx)
    text = _read(invocation, token)
    if token != "-" and text.startswith("ref_"):
        raise never_an_argument("token revoke")
    with invocation.own() as own:
        try:
            ended = own.revoke_token(text)
        except InvalidToken as refused:
            raise named(refused) from None
        output = invocation.output(format_, own.now())
    revocation.show(output, ended, dry_run=False)


def _rows(answer: dict[str, Any], now: int) -> Iterator[Row]:
    yield "valid", answer["valid"]
    if not answer["valid"]:
        yield "reason", answer["reason"]
        yield "end reason", answer["endReason"]
        return
    yield "user", answer["user"]["email"]
    yield "session", answer["session"]["id"]
    yield "session expires", At(answer["session"]["expiresAt"])
    yield "token expires", At(now + answer["expiresIn"])


def _read(invocation: Invocation, token: str | None) -> str:
    """Return the token that is meant."""
    from protekt_cli.cli.prompts import read_stdin

    if token is None:
        return stored(invocation)
    return bare(read_stdin() if token == "-" else token)


def stored(invocation: Invocation) -> str:
    """Return the stored login's access token, and say so to who may have meant another one."""
    from protekt_cli.cli.prompts import is_stdin_unread

    login = invocation.credentials().get_login()
    if is_stdin_unread():
        invocation.note("note: this is the stored login's token; - reads standard input")
    return login.access_token


def bare(text: str) -> str:
    """Return a token without what people copy along with it."""
    text = text.strip()
    scheme, _, rest = text.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else text


def never_an_argument(command: str) -> Usage:
    """Return the refusal of a refresh token that came as an argument."""
    return Usage(
        "a refresh token is never an argument: every user of the machine can read those",
        hint=f"give it on standard input: protekt {command} - < token.txt",
    )


def _claims(pairs: list[str]) -> dict[str, Any]:
    from protekt_cli.core import strict_json

    claims: dict[str, Any] = {}
    for pair in pairs:
        name, is_pair, text = pair.partition("=")
        if not name or not is_pair:
            raise Usage(f"--claim {pair} is not possible", hint="write NAME=VALUE")
        if name in claims:
            raise Usage(f"--claim {name} is given twice", hint="give each claim once")
        try:
            claims[name] = strict_json.loads(text.encode())
        except ValueError:
            claims[name] = text  # what is no JSON is text
    return claims


def _note_cut(invocation: Invocation, lives: int, wanted: int | None) -> None:
    if wanted is not None and lives < wanted:
        from protekt_cli.durations import format_duration

        invocation.note(
            f"note: the token lives {format_duration(lives)}, for its session ends then"
        )
