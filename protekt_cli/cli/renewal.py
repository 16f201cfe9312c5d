"""Renewing tokens: those of the stored login, by one command at a time, or a given one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import Format
from protekt_cli.cli.prompts import read_stdin
from protekt_cli.cli.tokens import bare, never_an_argument
from protekt_cli.errors import InvalidToken, Reason, RefreshReused

if TYPE_CHECKING:
    from protekt_cli.cli.credentials import Credentials, Login
    from protekt_cli.cli.own.interface import Json, Own

T = TypeVar("T")

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
    with invocation.own() as own:
        credentials = invocation.credentials()
        try:
            response = (
                _renew_stored(own, credentials)
                if text is None
                else _renew_given(own, credentials, text)
            )
        except InvalidToken as refused:
            raise named(refused) from None
        now = own.now()
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
    with invocation.own() as own:
        login, _ = live(own, invocation.credentials())
        now = own.now()
    output = invocation.output(one_format(as_json), now)
    if output.format is Format.JSON:
        response = login.response_at(now)
        output.record({name: response[name] for name in ("sessionToken", "expiresAt", "expiresIn")})
    else:
        output.line(login.access_token)


def live(own: Own, credentials: Credentials) -> tuple[Login, Json]:
    """Return the stored login, renewed where it has to be, and its `{session, user}`.

    Raises:
        NotLoggedIn: There is none.
        InvalidToken: Its session has ended, or something else is wrong that no renewal cures.
    """
    return attempt(own, credentials, lambda login: (login, own.get_session(login)))


def attempt(own: Own, credentials: Credentials, act: Callable[[Login], T]) -> T:
    """Return what *act* does with the stored login, which is renewed where its token is refused.

    Raises:
        NotLoggedIn: There is none.
        InvalidToken: Something is wrong that no renewal cures.
        RefreshReused: Its refresh token was used before, and not by a command of this machine.
    """
    stored = credentials.get_login()
    with _hinting(credentials):
        try:
            return act(stored)
        except InvalidToken as refused:
            if refused.reason not in _CURABLE:
                raise
        return act(renewed(own, credentials, stored))


def renewed(own: Own, credentials: Credentials, stored: Login) -> Login:
    """Return the stored login with new tokens; of several commands at once one renews for all.

    What comes back is kept before anything else is done. Where nothing comes back, the next
    command presents the same refresh token, and gets the same successor.

    Raises:
        InvalidToken: It is refused.
        RefreshReused: Its refresh token was used before, and not by a command of this machine.
    """
    with credentials.locked():
        current = credentials.get_login()
        if current.access_token != stored.access_token:
            return current
        response = own.refresh(current.refresh_token, device_id=current.device_id)
        credentials.keep(response, current.device_name, own.now())
        return credentials.get_login()


def named(refused: InvalidToken) -> InvalidToken:
    """Say why a token is refused by the name that programs know, too."""
    end = f": {refused.end_reason}" if refused.end_reason else ""
    refused.message = f"{refused.message} ({refused.reason}{end})"
    return refused


def _renew_stored(own: Own, credentials: Credentials) -> dict[str, Any]:
    login = credentials.get_login()
    with _hinting(credentials):
        return renewed(own, credentials, login).response_at(own.now())


def _renew_given(own: Own, credentials: Credentials, token: str) -> dict[str, Any]:
    """Renew by a given token; where it is one of the stored login's session, that is kept."""
    from protekt_cli.core import refresh_token

    claimed = refresh_token.parse(token)
    if claimed is None:
        raise InvalidToken(Reason.MALFORMED)
    is_own = credentials.find_session() == claimed.session_id
    with credentials.locked() if is_own else nullcontext():
        stored = credentials.find_login() if is_own else None
        response = own.refresh(token, device_id=stored.device_id if stored else None)
        if stored and stored.session_id == claimed.session_id:
            credentials.keep(response, stored.device_name, own.now())
    return response


@contextmanager
def _hinting(credentials: Credentials) -> Iterator[None]:
    """Say of what is refused within the block that nothing but another login helps."""
    try:
        yield
    except (InvalidToken, RefreshReused) as refused:
        refused.hint = f"log in again: {credentials.remedy}"
        raise
