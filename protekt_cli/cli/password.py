"""Changing one's own password, at a terminal: it is asked for there and nowhere else."""

from __future__ import annotations

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.errors import InvalidCredentials


@examples("protekt password")
def password(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Change your own password, and end all of your sessions but this machine's.

    The current password and the new one are asked for; this machine gets a new session.
    """
    from protekt_cli.cli.login import answer_of, show
    from protekt_cli.cli.prompts import ask_hidden
    from protekt_cli.cli.renewal import attempt, live

    invocation = of(ctx)
    with invocation.own() as own:
        credentials = invocation.credentials()
        stored, _ = live(own, credentials)  # before anything is typed in vain
        current = ask_hidden("current password", "run it at a terminal")
        new = ask_hidden("new password", "run it at a terminal", twice=True)
        try:
            response, weakness = attempt(
                own,
                credentials,
                lambda login: own.change_password(login, current=current, new=new),
            )
        except InvalidCredentials as refused:
            refused.message = "the current password is wrong"
            raise
        with credentials.locked():
            credentials.keep(response, stored.device_name, own.now())
        if weakness is not None:
            invocation.note(f"warning: {weakness}")
        login = credentials.get_login()
        answer = answer_of(own, login, own.get_session(login))
    show(invocation.output(one_format(as_json), own.now()), answer)
