"""Users: create and see them. How they change is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import (
    AsCsv,
    AsIds,
    AsJson,
    AsJsonl,
    Limit,
    PasswordStdin,
    one_format,
)
from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protekt_cli.engine.engine import Engine

COLUMNS = {
    "id": "id",
    "email": "email",
    "name": "name",
    "status": "status",
    "created": "createdAt",
    "last login": "lastLoginAt",
}
FIELDS = ("id", "email", "name", "status", "metadata", "createdAt", "updatedAt", "lastLoginAt")

Status = Literal["active", "disabled"]
Named = Annotated[str, typer.Argument(metavar="USER", help="An e-mail or a user id.")]


@examples(
    "protekt users create alice@example.com --name Alice",
    "protekt users create ci@example.com --no-password --json",
)
def create(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str | None, typer.Option("--name", help="What they are called.")] = None,
    metadata: Annotated[
        str, typer.Option("--metadata", metavar="JSON", help="An object of your own.")
    ] = "{}",
    password_stdin: PasswordStdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Create one who cannot log in by password.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create a user, asking for the password."""
    from protekt_cli.engine import events, strength, users
    from protekt_cli.engine.representation import user_json

    if password_stdin and no_password:
        raise Usage("--password-stdin and --no-password cannot be had at once")
    own = parse_metadata(metadata)
    users.normalise_email(email)  # before anything is typed in vain
    invocation = of(ctx)
    with invocation.engine() as engine:
        engine.unlock()
        known = strength.known_words(email, name)
        password_hash = (
            None if no_password else new_password(invocation, engine, password_stdin, known)
        )
        user = engine.submit(
            lambda transaction: users.create(
                engine,
                transaction,
                email=email,
                name=name,
                metadata=own,
                password_hash=password_hash,
                actor=events.CLI,
            )
        )
    invocation.output(one_format(as_json), user.created_at).record(user_json(user))


@examples(
    "protekt users list",
    "protekt users list --status disabled --search example.com --csv",
)
def list_users(
    ctx: typer.Context,
    status: Annotated[
        Status | None, typer.Option("--status", metavar="STATUS", help="active or disabled.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Part of the e-mail or name.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List users, the newest first."""
    from protekt_cli.cli.lists import cut
    from protekt_cli.engine.representation import user_json
    from protekt_cli.models import UserStatus
    from protekt_cli.store import users

    format_ = one_format(as_json, as_jsonl, csv, ids)
    only = UserStatus(status) if status else None
    most = limit + 1 if limit else None
    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(
            lambda view: (
                users.list_matching(view, status=only, search=search, limit=most),
                view.now.seconds,
            )
        )
    shown = [user_json(user) for user in cut(invocation, found, limit)]
    invocation.output(format_, now).records(shown, COLUMNS, FIELDS)


@examples("protekt users show alice@example.com")
def show(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Show a user."""
    from protekt_cli.engine import users
    from protekt_cli.engine.representation import user_json

    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(lambda view: (users.get(view, user), view.now.seconds))
    invocation.output(one_format(as_json), now).record(user_json(found))


def new_password(
    invocation: Invocation, engine: Engine, from_stdin: bool, known: Iterable[str]
) -> str:
    """Return the hash of a new password that may be one, from stdin or asked for twice.

    Args:
        known: Words that whoever guesses tries first.

    Raises:
        InvalidRequest: It is too short, too long or too easily guessed.
        Usage: There is no terminal to ask at, or what was typed twice differs.
    """
    from protekt_cli.cli.prompts import ask_password

    password = ask_password(from_stdin=from_stdin, twice=True)
    weakness = engine.passwords.check_new(password, known)
    if weakness is not None:
        invocation.note(f"warning: the password is easily guessed: {weakness}")
    return engine.passwords.hash(password)


def parse_metadata(text: str) -> dict[str, Any]:
    """Read the object of `--metadata`.

    Raises:
        Usage: It is none.
    """
    from protekt_cli.core import strict_json

    try:
        value = strict_json.loads(text.encode())
    except ValueError as error:
        raise Usage(f"--metadata is {error}", hint='write an object: {"team": "blue"}') from None
    if not isinstance(value, dict):
        raise Usage("--metadata is no JSON object", hint='write an object: {"team": "blue"}')
    return value
