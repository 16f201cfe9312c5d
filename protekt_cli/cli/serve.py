"""`protekt serve`: the auth server, on the installation at hand or on a throw-away one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine


@examples("protekt serve", "protekt serve --demo", "protekt serve --port 9000")
def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="The address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="The port; 0 takes a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="How many processes answer requests.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a throw-away database with three users.")
    ] = False,
    dev: Annotated[
        bool, typer.Option("--dev", help="Let programs here move the clock and empty the store.")
    ] = False,
    access_log: Annotated[
        bool | None,
        typer.Option(
            "--access-log/--no-access-log",
            help="Write a line for each request to stderr; done with --demo and --dev unasked.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start the auth server.

    It runs until Ctrl-C or SIGTERM, gives open requests ten seconds, and exits with 0. Sessions
    live on in the database. --demo reads no configuration and needs nothing set up; its database
    is removed at the end. --dev adds /dev/clock and /dev/reset, for this machine alone and for a
    database that was made for it, or has no users yet. Both run one worker.
    """
    is_logged = (demo or dev) if access_log is None else access_log
    flags = {"server.host": host, "server.port": port, "server.workers": workers}
    given = {key: value for key, value in flags.items() if value is not None}
    if (demo or dev) and workers not in (None, 1):
        raise Usage("--demo and --dev run one worker", hint="leave --workers out")
    if demo:
        from protekt_cli.cli import demo as demonstration

        with demonstration.installation(given, is_dev=dev) as (engine, people):
            database = engine.settings.database.path
            _prepare(engine, is_dev=dev)
            _run(
                engine,
                lambda url: demonstration.introduction(url, database, people),
                is_dev=dev,
                is_logged=is_logged,
            )
        return
    invocation = of(ctx)
    invocation.flags.update(given)
    with invocation.engine() as engine:
        _prepare(engine.unlock(), is_dev=dev)
        _run(
            engine,
            lambda url: f"Stop it with Ctrl-C. Its API: {url}/openapi.json",
            is_dev=dev,
            is_logged=is_logged,
            workers=1 if dev else engine.settings.server.workers,
        )


def _prepare(engine: Engine, *, is_dev: bool) -> None:
    """Refuse what cannot be served in this way."""
    from protekt_cli.engine import development

    if is_dev:
        development.refuse_reachable(engine.settings)
        development.claim(engine)
    else:
        development.refuse_moved_clock(engine)


def _run(
    engine: Engine,
    introduce: Callable[[str], str],
    *,
    is_dev: bool,
    is_logged: bool,
    workers: int = 1,
) -> None:
    from protekt_cli.server import serving

    serving.serve(
        engine,
        lambda url: typer.echo(f"Protekt is serving {url}\n{introduce(url)}"),
        workers=workers,
        is_dev=is_dev,
        is_logged=is_logged,
    )
