"""Users: change them, take their access away and give it back, delete them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, PasswordStdin, Yes, one_format
from protekt_cli.cli.output import Format
from protekt_cli.cli.users import Named, parse_metadata
from protekt_cli.errors import Usage


@examples(
    "protekt users update alice@example.com --name 'Alice Liddell'",
    "protekt users update alice@example.com --email liddell@example.com --json",
)
def update(
    ctx: typer.Context,
    user: Named,
    email: Annotated[
        str | None, typer.Option("--email", metavar="EMAIL", help="The new e-mail.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="What they are called; '' for nothing."),
    ] = None,
    metadata: Annotated[
        str | None,
        typer.Option("--metadata", metavar="JSON", help="An object in place of the old one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a user.

    The user's sessions live on.
    """
    changes: dict[str, Any] = {}
    if email is not None:
        changes["email"] = email
    if name is not None:
        changes["name"] = name or None
    if metadata is not None:
        changes["metadata"] = parse_metadata(metadata)
    if not changes:
        raise Usage("what is to be changed?", hint="give --email, --name or --metadata")
    _change(of(ctx), user, one_format(as_json), changes)


@examples(
    "protekt users set-password alice@example.com",
    "protekt users set-password alice@example.com --password-stdin < password.txt",
)
def set_password(
    ctx: typer.Context, user: Named, password_stdin: PasswordStdin = False, as_json: AsJson = False
) -> None:
    """Give a user a new password, asking for it, and end the user's sessions."""
    from protekt_cli.cli.prompts import ask_password

    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.administration() as admin:
        admin.prepare()
        named = admin.get_user(user)  # before anything is typed
        password = ask_password(from_stdin=password_stdin, twice=True)
        changed = admin.set_password(named["id"], password)
        output = invocation.output(format_, admin.now())
    output.record(changed)


@examples("protekt users disable alice@example.com")
def disable(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Let a user log in no more, and end the user's sessions."""
    _change(of(ctx), user, one_format(as_json), {"status": "disabled"})


@examples("protekt users enable alice@example.com")
def enable(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Let a user log in again.

    The sessions that ended stay ended.
    """
    _change(of(ctx), user, one_format(as_json), {"status": "active"})


@examples(
    "protekt users delete alice@example.com",
    "protekt users delete alice@example.com --dry-run",
)
def delete(
    ctx: typer.Context,
    user: Named,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete a user, with the user's devices and sessions.

    What is left are the events. To keep the user and only refuse logins, disable it.
    """
    from protekt_cli.cli.prompts import confirm

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.administration() as admin:
        found = admin.get_user(user)
        if not dry_run:
            admin.prepare()  # before anything is asked in vain
            if not yes:
                confirm(f"this deletes {found['email']}, with all devices and sessions")
            admin.delete_user(found["id"])
        output = invocation.output(format_, admin.now())
    if format_ is Format.JSON:
        output.record(found)
    else:
        output.line(f"{found['email']} {'would be ' if dry_run else ''}deleted")


def _change(invocation: Invocation, user: str, format_: Format, changes: Mapping[str, Any]) -> None:
    """Change the user that is named, and show what became of it."""
    with invocation.administration() as admin:
        changed = admin.update_user(user, changes)
        output = invocation.output(format_, admin.now())
    output.record(changed)
