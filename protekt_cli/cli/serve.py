"""`protekt serve`: the auth server, on the installation at hand or on a throw-away one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of


@examples("protekt serve", "protekt serve --demo", "protekt serve --port 9000")
def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="The address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="The port; 0 takes a free one.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a throw-away database with three users.")
    ] = False,
) -> None:
    """Start the auth server.

    It runs until Ctrl-C or SIGTERM, gives open requests ten seconds, and exits with 0. Sessions
    live on in the database. --demo reads no configuration and needs nothing set up; its database
    is removed at the end.
    """
    flags = {"server.host": host, "server.port": port}
    given = {key: value for key, value in flags.items() if value is not None}
    if demo:
        from protekt_cli.cli import demo as demonstration

        with demonstration.installation(given) as (engine, people):
            database = engine.settings.database.path
            _run(engine, lambda url: demonstration.introduction(url, database, people))
        return
    invocation = of(ctx)
    invocation.flags.update(given)
    with invocation.engine(heeds_server=False) as engine:
        _run(engine.unlock(), lambda url: f"Stop it with Ctrl-C. Its API: {url}/openapi.json")


def _run(engine: Engine, introduce: Callable[[str], str]) -> None:
    from protekt_cli.server.app import create_app
    from protekt_cli.server.runner import serve as serve_app

    server = engine.settings.server
    serve_app(
        lambda stopping: create_app(engine),
        host=server.host,
        port=server.port,
        announce=lambda url: typer.echo(f"Protekt is serving {url}\n{introduce(url)}"),
    )
