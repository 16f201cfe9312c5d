"""`protekt help`: what is true of every command, by topic, and any command's own help.

What can be listed is listed from where it is defined, so that no topic falls behind.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import Annotated, Any

import typer

from protekt_cli.cli.commands import Lazy, examples
from protekt_cli.cli.guessing import closest
from protekt_cli.errors import Usage

_OUTPUT = """\
Output

stdout is the answer, stderr is the talk: prompts, notes, progress and errors. On failure stdout
stays empty, but a finding is an answer: token verify, explain, events verify, db check, doctor,
config check, users import and sessions revoke print theirs whatever the exit code.

On a terminal lists are tables, with times as you would say them, and without the columns that
there is no room for. In a pipe they are tab-separated lines under one header line, with every
column, never cut, and with times in ISO 8601 (UTC).

  --json   JSON: an array for a list, an object for one thing. Times are Unix seconds.
  --jsonl  one JSON object a line, for lists
  --csv    CSV, for lists; a cell that a spreadsheet would take for a formula begins with '
  --ids    ids alone, one a line, for pipes

  protekt sessions list --user alice@example.com --ids |
    xargs -r protekt sessions revoke --yes

With --json an error is JSON too, on stderr: {"error": {"code", "message", "hint"}}. The code is
stable.

Colours are used on a terminal alone. NO_COLOR, FORCE_COLOR=0 and --no-color turn them off; any
other FORCE_COLOR turns them on for pipes as well; NO_COLOR beats it.

What clients sent, names and user agents, is shown with every character made visible that could
act on a terminal.
"""

_SECURITY = """\
Security

The database holds no credential that works by itself. Signing keys and password hashes are
sealed by the master key, refresh tokens are derived from it, API keys are kept as digests.
E-mails, names, addresses and user agents are readable in it.

  The master key is protekt.key beside the database, unless PROTEKT_MASTER_KEY or
  PROTEKT_MASTER_KEY_FILE says otherwise. Keep it where no copy of the database lies. Whoever has
  both can log in as anybody. Lost, no token and no password can be checked any more.

  When it may have leaked:  protekt db rekey        everything is sealed anew, sessions end
  When a signing key may have:  protekt keys rotate, then protekt keys revoke KID
  When a user's tokens may have:  protekt sessions revoke --user USER
  When an API key may have:  protekt apikeys revoke ID

Secrets are never arguments, for every user of a machine can read those: passwords come from a
prompt or --password-stdin, refresh tokens from standard input.

A revocation holds in every process on the database from the next request on. A refresh token
that was used before ends its session; a second tab or a lost answer does not. protekt explain
says which rule decided.

Events are a chain: protekt events verify finds one that was changed, moved or removed. Keep the
head that it prints somewhere else, and --head finds a cut end too.

Files with secrets are private (0600) and never written through a link; protekt doctor finds
modes that are not.
"""

_EXIT_CODES = """\
Exit codes

    0  done
    1  failed; or a check found something: events verify, db check, doctor
    2  wrong usage or configuration; config check found something
    3  not found
    4  refused: bad credentials, an invalid or revoked token, not logged in, a missing API key
    5  conflict: it is there already, or its state does not allow it
    6  the store or the server cannot be used: missing, busy, damaged, or the wrong master key
  130  interrupted

An error is one line on stderr, and a hint. With --json it is {"error": {code, message, hint}};
its code is one of

  {codes}
"""

_ENVIRONMENT = """\
Environment

  PROTEKT_CONFIG           the configuration file (--config beats it)
  PROTEKT_SECTION_KEY      any key of the configuration: PROTEKT_TOKENS_ACCESS_TTL=15m; a list as
                           TOML. See: protekt help config
  PROTEKT_MASTER_KEY       the master key: 64 hex digits, or base64
  PROTEKT_MASTER_KEY_FILE  the file that holds it; without either, protekt.key beside the database
  PROTEKT_SERVER           the server to work on instead of the database (--server beats it)
  PROTEKT_API_KEY          the API key for it; or in a file, PROTEKT_API_KEY_FILE
  NO_COLOR, FORCE_COLOR    no colours; colours in pipes too
  XDG_CONFIG_HOME          where a configuration for this user is looked for: protekt/protekt.toml
  XDG_STATE_HOME           where logins are kept: protekt/credentials.json

Flags beat the environment, the environment beats the file, the file beats the defaults.
"""


@examples("protekt help", "protekt help exit-codes", "protekt help sessions revoke")
def help_(
    ctx: typer.Context,
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOPIC", show_default=False, help="A topic, or the words of a command."
        ),
    ] = None,
) -> None:
    """Explain a topic, or a command.

    Topics: config, environment, exit-codes, output, security.
    """
    root = ctx.find_root()
    if not topic:
        typer.echo(root.get_help())
        return
    if len(topic) == 1 and topic[0] in TOPICS:
        typer.echo(_fitting(TOPICS[topic[0]]().rstrip()))
        return
    typer.echo(_help_of(root, topic))


def _help_of(root: Any, path: list[str]) -> str:
    """Return what `--help` of a command says.

    Raises:
        Usage: There is no such command.
    """
    context = root
    for name in path:
        group = context.command
        command = group.commands.get(name) if hasattr(group, "commands") else None
        if command is None:
            known = [*getattr(group, "commands", ()), *(TOPICS if context is root else ())]
            guess = closest(name, known)
            hint = f"did you mean {guess}?" if guess else f"topics: {', '.join(TOPICS)}"
            raise Usage(f"there is no topic or command {' '.join(path)}", hint=hint)
        command = command.build() if isinstance(command, Lazy) else command
        context = command.context_class(command, info_name=name, parent=context)
    return str(context.get_help())


def _fitting(text: str) -> str:
    """Return the text without lines that are longer than the terminal, if any, is wide."""
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    lines: list[str] = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, width, subsequent_indent=indent) or [""]
    return "\n".join(lines)


def _config() -> str:
    """Return every key with its default and its meaning."""
    from protekt_cli.config import reference

    lines = [
        "Configuration",
        "",
        "protekt.toml is looked for in this folder, then in each above it, then in this user's",
        "configuration folder; --config or PROTEKT_CONFIG names another. Paths in it start from",
        "its own folder. protekt config show --origin says what holds, and why. A duration is",
        'written "90s", "15m", "1h30m" or "7d".',
    ]
    section = ""
    for key in reference():
        if key.name.partition(".")[0] != section:
            section = key.name.partition(".")[0]
            lines += ["", f"[{section}]"]
        later = " (not in this version)" if key.later else ""
        later = f": {', '.join(key.choices)}{later}" if key.choices else later
        lines.append(f"  {key.name.partition('.')[2]} = {key.text(key.default)}")
        lines.append(f"      {key.meaning}{later}")
    return "\n".join(lines)


def _exit_codes() -> str:
    from protekt_cli import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = sorted({kind.code for kind in kinds if issubclass(kind, errors.Problem)})
    return _EXIT_CODES.replace("{codes}", "\n  ".join(codes))


TOPICS: dict[str, Callable[[], str]] = {
    "config": _config,
    "environment": lambda: _ENVIRONMENT,
    "exit-codes": _exit_codes,
    "output": lambda: _OUTPUT,
    "security": lambda: _SECURITY,
}
