"""Renewing tokens: those of the stored login, by one command at a time, or a given one."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli import __version__
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import Format
from protekt_cli.cli.prompts import read_stdin
from protekt_cli.cli.tokens import bare, never_an_argument
from protekt_cli.errors import InvalidToken, Reason, RefreshReused

if TYPE_CHECKING:
    from protekt_cli.cli.credentials import Credentials, Login
    from protekt_cli.engine.engine import Engine
    from protekt_cli.models import Caller, Grant

LOG_IN_AGAIN = "log in again: protekt login"
USER_AGENT = f"protekt/{__version__}"

#: What is wrong with an access token where another one of its session would do.
_CURABLE = (
    Reason.TOKEN_EXPIRED,
    Reason.UNKNOWN_KEY,
    Reason.WRONG_ISSUER,
    Reason.WRONG_AUDIENCE,
)


@examples("protekt token refresh", "protekt token refresh - --json < refresh-token.txt")
def refresh(
    ctx: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="-",
            show_default=False,
            help="Read a refresh token from standard input; left out, the stored login's is meant.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Renew the stored login and print its new access token.

    Of a refresh token on standard input the new access token is printed, and on a second line its
    successor: it is good for nothing more itself.
    """
    if source not in (None, "-"):
        raise never_an_argument("token refresh")
    invocation = of(ctx)
    text = bare(read_stdin()) if source else None
    with invocation.engine() as engine:
        credentials = invocation.credentials()
        try:
            response = (
                _renew_stored(engine, credentials)
                if text is None
                else _renew_given(engine, credentials, text)
            )
        except InvalidToken as refused:
            raise named(refused) from None
        now = engine.store.now().seconds
    output = invocation.output(one_format(as_json), now)
    if output.format is Format.JSON:
        output.record(response)
        return
    output.line(response["sessionToken"])
    if source:
        output.line(response["refreshToken"])


@examples("protekt token show", "protekt token show --json")
def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the stored login's access token, renewed when needed.

    Whoever has it is logged in as you until it expires.
    """
    invocation = of(ctx)
    with invocation.engine() as engine:
        login = live(engine, invocation.credentials())
        now = engine.store.now().seconds
    output = invocation.output(one_format(as_json), now)
    if output.format is Format.JSON:
        response = login.response_at(now)
        output.record({name: response[name] for name in ("sessionToken", "expiresAt", "expiresIn")})
    else:
        output.line(login.access_token)


def live(engine: Engine, credentials: Credentials) -> Login:
    """Return the stored login with an access token that is good, renewed where it is not.

    Raises:
        NotLoggedIn: There is none.
        InvalidToken: Its session has ended, or something else is wrong that no renewal cures.
    """
    from protekt_cli.engine import validation

    stored = credentials.get_login()
    found = engine.read(lambda view: validation.look(engine, view, stored.access_token)).validation
    if found.reason in _CURABLE:
        return renewed(engine, credentials, stored)
    if found.reason is not None:
        raise InvalidToken(found.reason, end_reason=found.end_reason, hint=LOG_IN_AGAIN)
    return stored


def renewed(engine: Engine, credentials: Credentials, stored: Login) -> Login:
    """Return the stored login with new tokens; of several commands at once one renews for all.

    Raises:
        InvalidToken: It is refused.
        RefreshReused: Its refresh token was used before, and not by a command of this machine.
    """
    from protekt_cli.engine.representation import grant_json

    with credentials.locked():
        current = credentials.get_login()
        if current.access_token != stored.access_token:
            return current
        try:
            grant = _present(engine, current.refresh_token, current.device_id)
        except (InvalidToken, RefreshReused) as refused:
            refused.hint = LOG_IN_AGAIN
            raise
        credentials.keep(grant_json(grant), current.device_name)
        return credentials.get_login()


def caller(device_id: str | None) -> Caller:
    """Return from where the requests of this program come."""
    from protekt_cli.models import Caller

    return Caller(user_agent=USER_AGENT, device_id=device_id)


def named(refused: InvalidToken) -> InvalidToken:
    """Say why a token is refused by the name that programs know, too."""
    end = f": {refused.end_reason}" if refused.end_reason else ""
    refused.message = f"{refused.message} ({refused.reason}{end})"
    return refused


def _renew_stored(engine: Engine, credentials: Credentials) -> dict[str, Any]:
    login = renewed(engine, credentials, credentials.get_login())
    return login.response_at(engine.store.now().seconds)


def _renew_given(engine: Engine, credentials: Credentials, token: str) -> dict[str, Any]:
    """Renew by a given token; where it is one of the stored login's session, that is kept."""
    from protekt_cli.engine import renewal
    from protekt_cli.engine.representation import grant_json

    session_id = renewal.parse(token).session_id
    stored = credentials.find_login()
    own = stored if stored and stored.session_id == session_id else None
    with credentials.locked() if own else nullcontext():
        grant = _present(engine, token, own.device_id if own else None)
        response = grant_json(grant)
        if own:
            credentials.keep(response, own.device_name)
    return response


def _present(engine: Engine, token: str, device_id: str | None) -> Grant:
    from protekt_cli.engine import renewal

    claimed = renewal.parse(token)
    return engine.submit(
        lambda transaction: renewal.refresh(engine, transaction, claimed, caller(device_id))
    )
