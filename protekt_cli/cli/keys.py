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
    from protekt_cli.cli.lists import cut
    from protekt_cli.engine.representation import key_json
    from protekt_cli.store import signing_keys

    format_ = one_format(as_json, as_jsonl, csv, ids)
    invocation = of(ctx)
    with invocation.store() as store:
        found, now = store.read(lambda view: (signing_keys.list_all(view), view.now.seconds))
    shown = [key_json(key) for key in cut(invocation, found[::-1], limit)]
    invocation.output(format_, now).records(shown, COLUMNS, FIELDS)


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
    from protekt_cli.engine import events, keys
    from protekt_cli.engine.representation import key_json

    invocation = of(ctx)
    with invocation.engine() as engine:
        active, now = engine.submit(
            lambda transaction: (
                keys.rotate(engine, transaction, actor=events.CLI, algorithm=algorithm),
                transaction.now.seconds,
            )
        )
    invocation.output(one_format(as_json), now).record(key_json(active))


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
    from protekt_cli.engine import events, keys
    from protekt_cli.engine.representation import key_json

    format_ = one_format(as_json)
    invocation = of(ctx)
    with invocation.engine() as engine:
        found, now = engine.read(lambda view: (keys.find_revocable(view, kid), view.now.seconds))
        if not (yes or dry_run):
            confirm(f"this refuses every token that {found.kid} has signed")
        key = keys.revoked(found, now)
        if not dry_run:
            key = engine.submit(
                lambda transaction: keys.revoke(engine, transaction, found.kid, actor=events.CLI)
            )
    invocation.output(format_, now).record(key_json(key))


@examples("protekt keys jwks")
def jwks(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the public keys as a JWK set, which is JSON with --json or without it."""
    from protekt_cli.engine import keys

    invocation = of(ctx)
    with invocation.store() as store:
        public = store.read(keys.jwks)
    invocation.output(Format.JSON, 0).record(public)
