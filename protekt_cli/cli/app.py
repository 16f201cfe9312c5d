"""The commands there are, and the options that stand before every one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from protekt_cli import __version__
from protekt_cli.cli.commands import (
    Command,
    Lazy,
    LazyGroup,
    LocalCommand,
    examples,
    help_of,
    noun,
)
from protekt_cli.cli.invocation import of

#: Commands that are no group's: name, `module:function` below this package, and the function's
#: sentence, so that `--help` and completion import none of them.
COMMANDS = {
    "init": ("init:init", "Make protekt.toml, the database and its keys in this folder."),
    "serve": ("serve:serve", "Start the auth server."),
    "login": ("login:login", "Log in and keep the session on this machine."),
    "logout": ("login:logout", "End the session of this machine and forget its tokens."),
    "whoami": ("login:whoami", "Show who is logged in on this machine."),
    "password": (
        "password:password",
        "Change your own password, and end all of your sessions but this machine's.",
    ),
    "doctor": ("doctor:doctor", "Look for what is wrong with an installation, and say the remedy."),
    "explain": ("explain:explain", "Say what becomes of a token or a session, and why."),
    "help": ("help:help_", "Explain a topic, or a command."),
    "integrate": (
        "integrate:integrate",
        "Print a configuration that lets only logged-in users through to an app.",
    ),
}

#: Groups: name, one sentence, and their commands.
NOUNS = {
    "users": (
        "Create, see, change and delete users.",
        {
            "create": "users:create",
            "list": "users:list_users",
            "show": "users:show",
            "update": "user_changes:update",
            "set-password": "user_changes:set_password",
            "disable": "user_changes:disable",
            "enable": "user_changes:enable",
            "delete": "user_changes:delete",
            "import": "user_files:import_users",
            "export": "user_files:export_users",
        },
    ),
    "sessions": (
        "See, watch, revoke and prune sessions.",
        {
            "list": "sessions:list_sessions",
            "show": "sessions:show",
            "revoke": "revocation:revoke",
            "prune": "pruning:prune_sessions",
            "watch": "watching:watch",
        },
    ),
    "devices": (
        "See, name, trust and revoke devices.",
        {
            "list": "devices:list_devices",
            "show": "devices:show",
            "rename": "devices:rename",
            "trust": "devices:trust",
            "untrust": "devices:untrust",
            "revoke": "devices:revoke",
        },
    ),
    "events": (
        "List, follow, verify and prune events.",
        {
            "list": "events:list_events",
            "tail": "events:tail",
            "verify": "events:verify",
            "prune": "pruning:prune_events",
        },
    ),
    "keys": (
        "See, rotate and revoke signing keys.",
        {
            "list": "keys:list_keys",
            "rotate": "keys:rotate",
            "revoke": "keys:revoke",
            "jwks": "keys:jwks",
        },
    ),
    "apikeys": (
        "Make, list and revoke API keys.",
        {
            "create": "apikeys:create",
            "list": "apikeys:list_api_keys",
            "revoke": "apikeys:revoke",
        },
    ),
    "token": (
        "Issue, look into, renew and revoke tokens.",
        {
            "issue": "tokens:issue",
            "decode": "tokens:decode",
            "verify": "tokens:verify",
            "refresh": "renewal:refresh",
            "revoke": "tokens:revoke",
            "show": "renewal:show",
        },
    ),
    "config": (
        "See, check and change the configuration.",
        {
            "show": "config:show",
            "get": "config:get",
            "set": "config:set_",
            "unset": "config:unset",
            "path": "config:path",
            "check": "config:check",
        },
    ),
    "db": (
        "Look after the database.",
        {
            "stats": "db:stats",
            "check": "db:check",
            "backup": "db:backup",
            "restore": "restore:restore",
            "migrate": "db:migrate",
            "vacuum": "db:vacuum",
            "rekey": "rekey:rekey",
        },
    ),
}

#: Commands, and whole groups, that are about this machine alone.
_LOCAL = (
    "init",
    "serve",
    "doctor",
    "explain",
    "config",
    "db",
    "users import",
    "users export",
    "sessions prune",
    "events verify",
    "events prune",
)
_KINDS: dict[str, type[Command]] = dict.fromkeys(_LOCAL, LocalCommand)
#: What stands below everything else that `protekt --help` says.
_MORE = (
    "Exit codes, environment variables and more: protekt help TOPIC, one of config, environment,"
    " exit-codes, output, security."
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"protekt {__version__}")
        raise typer.Exit


@examples(
    "protekt init",
    "protekt users create alice@example.com",
    "protekt sessions list --user alice@example.com",
)
def protekt(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="The configuration to use, before PROTEKT_CONFIG."
        ),
    ] = None,
    db: Annotated[
        str | None, typer.Option("--db", metavar="URL", help="The database to work on.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="URL",
            help="The server to work on instead, before PROTEKT_SERVER; its key: PROTEKT_API_KEY.",
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow plain http to a server elsewhere.")
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Say more; -vv shows tracebacks.",
        ),
    ] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing but answers and errors.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version."),
    ] = False,
) -> None:
    """Manage authenticated sessions, on this machine or on a server."""
    invocation = of(ctx)
    invocation.verbosity, invocation.is_quiet = verbose, quiet
    invocation.config_file, invocation.database, invocation.no_color = config, db, no_color
    invocation.server_flag, invocation.is_insecure = server, insecure
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def build() -> TyperGroup:
    """Return the whole command line, its commands yet unbuilt."""
    app = typer.Typer(cls=LazyGroup, rich_markup_mode=None)
    app.callback(invoke_without_command=True, help=help_of(protekt), epilog=_MORE)(protekt)
    group = get_command(app)
    if not isinstance(group, TyperGroup):  # an application with a callback is one
        raise AssertionError(group)
    for name, (place, sentence) in COMMANDS.items():
        group.add_command(Lazy(name, place, sentence, _kind(name)))
    for name, (sentence, places) in NOUNS.items():
        kinds = {verb: _kind(f"{name} {verb}", name) for verb in places}
        group.add_command(noun(name, sentence, places, kinds))
    return group


def _kind(*names: str) -> type[Command]:
    """Return the kind of a command by the first of its names that has one."""
    return next((_KINDS[name] for name in names if name in _KINDS), Command)
