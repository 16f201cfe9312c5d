"""Users: create and see them. How they change is elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
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

COLUMNS = {
    "id": "id",
    "email": "email",
    "status": "status",
    "last login": "lastLoginAt",
    "name": "name",
    "created": "createdAt",
}
FIELDS = ("id", "email", "name", "status", "metadata", "createdAt", "updatedAt", "lastLoginAt")

Status = Literal["active", "disabled"]
Named = Annotated[
    str,
    typer.Argument(metavar="USER", autocompletion=completing.users, help="An e-mail or a user id."),
]


@examples(
    "protekt users create alice@example.com --name Alice",
    "protekt users create ci@example.com --no-password --json",
)
def create(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="What they log in with.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What they are called.")
    ] = None,
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
    from protekt_cli.cli.prompts import ask_password
    from protekt_cli.engine.users import normalise_email

    if password_stdin and no_password:
        raise Usage("--password-stdin and --no-password cannot be had at once")
    format_, own = one_format(as_json), parse_metadata(metadata)
    normalise_email(email)  # before anything is typed in vain
    invocation = of(ctx)
    with invocation.administration() as admin:
        admin.prepare()
        password = None if no_password else ask_password(from_stdin=password_stdin, twice=True)
        user = admin.create_user(email=email, name=name or None, metadata=own, password=password)
    invocation.output(format_, user["createdAt"]).record(user)


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
    from protekt_cli.cli import lists

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.administration() as admin:
        listed = admin.list_users(status=status, search=search, limit=limit)
        lists.show(invocation, format_, admin.now(), listed, COLUMNS, FIELDS, limit)


@examples("protekt users show alice@example.com")
def show(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Show a user."""
    invocation = of(ctx)
    with invocation.administration() as admin:
        found, now = admin.get_user(user), admin.now()
    invocation.output(one_format(as_json), now).record(found)


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
