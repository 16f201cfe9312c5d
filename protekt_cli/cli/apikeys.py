"""API keys: make one for a program, see which there are, refuse one."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import (
    AsCsv,
    AsIds,
    AsJson,
    AsJsonl,
    Limit,
    one_format,
    seconds_of,
)
from protekt_cli.cli.output import Format

COLUMNS = {
    "id": "id",
    "name": "name",
    "scope": "scope",
    "created": "createdAt",
    "expires": "expiresAt",
    "last used": "lastUsedAt",
}
FIELDS = ("id", "name", "scope", "createdAt", "expiresAt", "lastUsedAt")


@examples(
    "protekt apikeys create web-app",
    "protekt apikeys create dashboard --scope read --expires 90d --json",
)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[
        Literal["client", "read", "admin"],
        typer.Option("--scope", metavar="SCOPE", help="What it may do: client, read or admin."),
    ] = "client",
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DURATION", help="How long it lives: 90d."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key for a program and print it, this once.

    A client key logs users in, refreshes and validates; a read key sees whatever the admin API
    shows as well; an admin key may do everything. Without --expires it lives until it is revoked.
    Only a digest of it is kept: what is lost is made anew.
    """
    from protekt_cli.engine import api_keys, events
    from protekt_cli.engine.representation import new_api_key_json
    from protekt_cli.models import Scope

    seconds = None if expires is None else seconds_of("--expires", expires)
    invocation = of(ctx)
    with invocation.engine() as engine:
        key, presented = engine.submit(
            lambda transaction: api_keys.create(
                engine,
                transaction,
                name=name,
                scope=Scope(scope),
                expires_in=seconds,
                actor=events.CLI,
            )
        )
    output = invocation.output(one_format(as_json), key.created_at)
    if output.format is Format.JSON:
        output.record(new_api_key_json(key, presented))
        return
    output.line(presented)
    invocation.note(f"note: this is {key.id}; the key is not shown again")


@examples("protekt apikeys list", "protekt apikeys list --json")
def list_api_keys(
    ctx: typer.Context,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List the API keys that are not revoked, the newest first.

    The keys themselves are shown nowhere. One that has expired is listed until it is revoked.
    """
    from protekt_cli.cli.lists import cut
    from protekt_cli.engine import api_keys
    from protekt_cli.engine.representation import api_key_json

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(lambda view: (api_keys.list_all(view), view.now.seconds))
    shown = [api_key_json(key) for key in cut(invocation, found[::-1], limit)]
    invocation.output(format_, now).records(shown, COLUMNS, FIELDS)


@examples("protekt apikeys revoke apikey_01jz3b6m")
def revoke(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="An API key's id, or its start.")],
    as_json: AsJson = False,
) -> None:
    """Refuse an API key from now on, in every running server at once.

    The sessions that were made with it live on. It is listed no more.
    """
    from protekt_cli.engine import api_keys, events
    from protekt_cli.engine.representation import api_key_json

    invocation = of(ctx)
    with invocation.engine() as engine:
        key, now = engine.submit(
            lambda transaction: (
                api_keys.revoke(engine, transaction, id_, actor=events.CLI),
                transaction.now.seconds,
            )
        )
    invocation.output(one_format(as_json), now).record(api_key_json(key))
