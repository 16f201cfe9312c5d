"""Signing keys: see them, publish them, let the next one sign, refuse one."""

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
    DryRun,
    Limit,
    Yes,
    one_format,
)
from protekt_cli.cli.output import Format

Algorithm = Literal["ES256", "HS256", "EdDSA", "RS256"]

COLUMNS = {
    "kid": "kid",
    "algorithm": "algorithm",
    "status": "status",
    "created": "createdAt",
    "retired": "retiredAt",
}
FIELDS = ("kid", "algorithm", "status", "createdAt", "retiredAt")


@examples("protekt keys list", "protekt keys list --json")
def list_keys(
    ctx: typer.Context,
    limit: Limit = 100,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
    csv: AsCsv = False,
    ids: AsIds = False,
) -> None:
    """List the signing keys, the newest first."""
    from protekt_cli.cli import lists

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.administration() as admin:
        listed = admin.list_keys(limit=limit)
        lists.show(invocation, format_, admin.now(), listed, COLUMNS, FIELDS, limit)


@examples("protekt keys rotate", "protekt keys rotate --algorithm EdDSA")
def rotate(
    ctx: typer.Context,
    algorithm: Annotated[
        Algorithm | None,
        typer.Option("--algorithm", metavar="A", help="Make both keys anew: ES256, EdDSA, …"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the next key sign, and the one that signed only verify.

    It holds at once in every running server. No token that was issued is refused for it, and a
    verifier that has the public keys knows the next one already. With --algorithm it does not:
    the key that signs then is new, the next one is revoked, and verifiers have to fetch the keys
    again.
    """
    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.administration() as admin:
        active = admin.rotate_keys(algorithm=algorithm)
        output = invocation.output(format_, admin.now())
    output.record(active)


@examples("protekt keys revoke key_01jz3b6m", "protekt keys revoke key_01jz3b6m --dry-run")
def revoke(
    ctx: typer.Context,
    kid: Annotated[str, typer.Argument(metavar="KID", help="A key's id, or its start.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Refuse every token that a key has signed, at once.

    The sessions live on, and renew their tokens. The key that signs cannot be revoked: rotate
    first. In place of the next key a new one is made.
    """
    from protekt_cli.cli.prompts import confirm

    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.administration() as admin:
        key, now = admin.get_revocable_key(kid), admin.now()
        if dry_run:
            retired_at = now if key["retiredAt"] is None else key["retiredAt"]
            key = {**key, "status": "revoked", "retiredAt": retired_at}
        else:
            admin.prepare()
            if not yes:
                confirm(f"this refuses every token that {key['kid']} has signed")
            key = admin.revoke_key(key["kid"])
    invocation.output(format_, now).record(key)


@examples("protekt keys jwks")
def jwks(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the public keys as a JWK set, which is JSON with --json or without it."""
    invocation = of(ctx)
    with invocation.administration() as admin:
        public = admin.jwks()
    invocation.output(Format.JSON, 0).record(public)
