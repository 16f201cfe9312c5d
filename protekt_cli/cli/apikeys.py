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
    format_ = one_format(as_json)
    seconds = None if expires is None else seconds_of("--expires", expires)
    invocation = of(ctx)
    with invocation.administration() as admin:
        key = admin.create_api_key(name=name, scope=scope, expires_in=seconds)
    output = invocation.output(format_, key["createdAt"])
    if output.format is Format.JSON:
        output.record(key)
        return
    output.line(key["key"])
    invocation.note(f"note: this is {key['id']}; the key is not shown again")


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
    from protekt_cli.cli import lists

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.administration() as admin:
        listed = admin.list_api_keys(limit=limit)
        lists.show(invocation, format_, admin.now(), listed, COLUMNS, FIELDS, limit)


@examples("protekt apikeys revoke apikey_01jz3b6m")
def revoke(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="An API key's id, or its start.")],
    as_json: AsJson = False,
) -> None:
    """Refuse an API key from now on, in every running server at once.

    The sessions that were made with it live on. It is listed no more.
    """
    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.administration() as admin:
        key = admin.revoke_api_key(id_)
        output = invocation.output(format_, admin.now())
    output.record(key)
