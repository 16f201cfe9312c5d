"""Users: change them, take their access away and give it back, delete them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, DryRun, PasswordStdin, Yes, one_format
from protekt_cli.cli.output import Format
from protekt_cli.cli.users import Named, new_password, parse_metadata
from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.models import User
    from protekt_cli.store.database import Transaction

    Change = Callable[[Engine, Transaction, User], User]


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
    name: Annotated[str | None, typer.Option("--name", help="What they are called.")] = None,
    metadata: Annotated[
        str | None,
        typer.Option("--metadata", metavar="JSON", help="An object in place of the old one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a user.

    The user's sessions live on.
    """
    from protekt_cli.engine import events, user_changes

    if email is None and name is None and metadata is None:
        raise Usage("what is to be changed?", hint="give --email, --name or --metadata")
    own = None if metadata is None else parse_metadata(metadata)
    _change(
        of(ctx),
        user,
        one_format(as_json),
        lambda engine, transaction, found: user_changes.update(
            engine, transaction, found, email=email, name=name, metadata=own, actor=events.CLI
        ),
    )


@examples(
    "protekt users set-password alice@example.com",
    "protekt users set-password alice@example.com --password-stdin < password.txt",
)
def set_password(
    ctx: typer.Context, user: Named, password_stdin: PasswordStdin = False, as_json: AsJson = False
) -> None:
    """Give a user a new password, asking for it, and end the user's sessions."""
    from protekt_cli.engine import events, strength, user_changes, users
    from protekt_cli.engine.representation import user_json

    invocation = of(ctx)
    with invocation.engine() as engine:
        engine.unlock()
        named = engine.read(lambda view: users.get(view, user))  # before anything is typed
        known = strength.known_words(named.email, named.name)
        password_hash = new_password(invocation, engine, password_stdin, known)

        def change(transaction: Transaction) -> tuple[User, int]:
            found = users.get(transaction, named.id)
            user_changes.set_password(engine, transaction, found, password_hash, actor=events.CLI)
            return users.get(transaction, named.id), transaction.now.seconds

        changed, now = engine.submit(change)
    invocation.output(one_format(as_json), now).record(user_json(changed))


@examples("protekt users disable alice@example.com")
def disable(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Let a user log in no more, and end the user's sessions."""
    from protekt_cli.engine import events, user_changes

    _change(
        of(ctx),
        user,
        one_format(as_json),
        lambda engine, transaction, found: user_changes.disable(
            engine, transaction, found, actor=events.CLI
        ),
    )


@examples("protekt users enable alice@example.com")
def enable(ctx: typer.Context, user: Named, as_json: AsJson = False) -> None:
    """Let a user log in again.

    The sessions that ended stay ended.
    """
    from protekt_cli.engine import events, user_changes

    _change(
        of(ctx),
        user,
        one_format(as_json),
        lambda engine, transaction, found: user_changes.enable(
            engine, transaction, found, actor=events.CLI
        ),
    )


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
    from protekt_cli.engine import events, user_changes, users
    from protekt_cli.engine.representation import user_json

    invocation = of(ctx)
    format_ = one_format(as_json)
    with invocation.engine() as engine:
        found, now = engine.read(lambda view: (users.get(view, user), view.now.seconds))
        if not dry_run:
            engine.unlock()  # before anything is asked in vain
            if not yes:
                confirm(f"this deletes {found.email}, with all devices and sessions")
            engine.submit(
                lambda transaction: user_changes.delete(
                    engine, transaction, users.get(transaction, found.id), actor=events.CLI
                )
            )
    output = invocation.output(format_, now)
    if format_ is Format.JSON:
        output.record(user_json(found))
    else:
        output.line(f"{found.email} {'would be ' if dry_run else ''}deleted")


def _change(invocation: Invocation, named: str, format_: Format, change: Change) -> None:
    """Change the user that is named, and show what became of it."""
    from protekt_cli.engine import users
    from protekt_cli.engine.representation import user_json

    with invocation.engine() as engine:
        engine.unlock()  # also where there is nothing to change
        changed, now = engine.submit(
            lambda transaction: (
                change(engine, transaction, users.get(transaction, named)),
                transaction.now.seconds,
            )
        )
    invocation.output(format_, now).record(user_json(changed))
