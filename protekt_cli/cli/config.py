"""The configuration: what holds and where each value came from, and changes of the file.

What a value must be is said by the configuration itself; here it is shown, and a change is
written only once the whole of it was found good.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protekt_cli.cli import completing
from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import Format
from protekt_cli.errors import InvalidConfig, NotFound, Usage

if TYPE_CHECKING:
    from protekt_cli.config import Key, Loaded

KeyName = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        autocompletion=completing.config_keys,
        help="A key, such as tokens.access_ttl.",
    ),
]


@examples("protekt config show", "protekt config show --origin", "protekt config show --json")
def show(
    ctx: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value came from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every key with the value that holds.

    Secrets are masked. Keys of features that this version lacks are shown too.
    """
    from protekt_cli.config import reference

    invocation = of(ctx)
    loaded = _load(invocation)
    output = invocation.output(one_format(as_json), 0)
    if output.format is Format.JSON:
        output.record({key.name: _json(key, loaded, with_origin=origin) for key in reference()})
        return
    titles = ("key", "value", "origin") if origin else ("key", "value")
    rows = (
        (key.name, key.text(_value(key, loaded)), loaded.origins[key.name])[: len(titles)]
        for key in reference()
    )
    output.table(titles, rows)


@examples("protekt config get tokens.access_ttl", "protekt config get server.cors_origins --json")
def get(ctx: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """Print the value that holds for a key.

    A text is printed as it is, a list as TOML has it, a secret masked.
    """
    invocation = of(ctx)
    found, loaded = _key(key), _load(invocation)
    output = invocation.output(one_format(as_json), 0)
    value = _json(found, loaded)
    if output.format is Format.JSON:
        output.value(value)
        return
    output.line(value if isinstance(value, str) else found.text(_value(found, loaded)))


@examples(
    "protekt config set tokens.access_ttl 15m",
    """protekt config set server.cors_origins '["https://app.example"]'""",
)
def set_(
    ctx: typer.Context,
    key: KeyName,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The value; a list as TOML.")],
) -> None:
    """Change a key in the file that is in use, and keep its comments.

    The whole result is checked before anything is written. A running server reads it when it is
    started again.
    """
    from protekt_cli.config import Kind
    from protekt_cli.config.editing import with_value
    from protekt_cli.config.values import from_text

    found = _key(key)
    if found.kind is Kind.TABLES:
        raise Usage(f"{key} is a list of tables", hint="edit it in the file itself")
    try:
        raw = from_text(found, value)
        if found.kind is Kind.DURATION and value.isascii() and value.isdigit():
            raw = int(value)
    except ValueError as error:
        raise InvalidConfig(f"{key} = {value!a} is not possible: it {error}") from None
    invocation = of(ctx)
    loaded = _change(invocation, lambda content: with_value(content, found, raw))
    _note_cover(invocation, found, loaded)
    invocation.note(f"note: {found.name} is set; a running server reads it at its next start")


@examples("protekt config unset tokens.access_ttl")
def unset(ctx: typer.Context, key: KeyName) -> None:
    """Take a key out of the file that is in use: its default holds again."""
    from protekt_cli.config.editing import without

    found, invocation = _key(key), of(ctx)

    def change(content: bytes) -> bytes:
        changed = without(content, found)
        if changed is None:
            raise NotFound(f"{found.name} is not set in the file", hint="see: protekt config path")
        return changed

    _note_cover(invocation, found, _change(invocation, change))


@examples("protekt config path")
def path(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the path of the file that is in use."""
    invocation = of(ctx)
    file = _file(invocation)
    output = invocation.output(one_format(as_json), 0)
    if output.format is Format.JSON:
        output.record({"path": str(file)})
    else:
        output.line(str(file))


@examples("protekt config check", "protekt config check --strict --json")
def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with the configuration, and what is unusual about it.

    Exit code 2 says that something is wrong, or with --strict unusual.
    """
    from protekt_cli.config import find_faults, load

    invocation = of(ctx)
    sources = invocation.sources()
    faults = find_faults(**sources)
    warnings = [] if faults else list(load(**sources).warnings)
    problems = [_line(fault) for fault in faults]
    is_ok = not problems and not (strict and warnings)
    output = invocation.output(one_format(as_json), 0)
    if output.format is Format.JSON:
        output.record({"ok": is_ok, "problems": problems, "warnings": warnings})
    else:
        for text in problems:
            output.line(f"problem: {text}")
        for text in warnings:
            output.line(f"warning: {text}")
        output.line("the configuration is good" if is_ok else "the configuration is not good")
    if not is_ok:
        raise typer.Exit(InvalidConfig.exit_code)


def _load(invocation: Invocation) -> Loaded:
    from protekt_cli.config import load

    loaded = load(**invocation.sources())
    invocation.warn(loaded.warnings)
    return loaded


def _key(name: str) -> Key:
    """Return the key of a name.

    Raises:
        InvalidConfig: There is none; one that is close is named.
    """
    from protekt_cli.cli.guessing import closest
    from protekt_cli.config import reference

    keys = {key.name: key for key in reference()}
    if name in keys:
        return keys[name]
    guess = closest(name, keys)
    hint = f"did you mean {guess}?" if guess else "list them: protekt config show"
    raise InvalidConfig(f"{name} is not a key that Protekt knows", hint=hint)


def _value(key: Key, loaded: Loaded) -> object:
    return loaded.settings.value(key.name)


def _json(key: Key, loaded: Loaded, *, with_origin: bool = False) -> Any:
    """Return a value as the file would hold it, and where it came from if that is asked for."""
    from protekt_cli.config import Kind
    from protekt_cli.durations import format_duration

    value = _value(key, loaded)
    shown: Any = list(value) if isinstance(value, tuple) else value
    if shown and (key.secret or key.kind is Kind.TABLES):
        shown = "…"
    elif key.kind is Kind.DURATION and isinstance(value, int):
        shown = format_duration(value)
    return {"value": shown, "origin": loaded.origins[key.name]} if with_origin else shown


def _file(invocation: Invocation) -> Path:
    """Return the file that is in use.

    Raises:
        NotFound: There is none; the built-in defaults hold.
    """
    from protekt_cli.config.sources import find_file

    sources = invocation.sources()
    file = find_file(sources["folder"], sources["environ"], sources["config_file"])
    if file is None:
        raise NotFound(
            "no configuration file is in use: the built-in defaults hold",
            hint="make one with: protekt init",
        )
    return file


def _change(invocation: Invocation, change: Callable[[bytes], bytes]) -> Loaded:
    """Change the file in use, if what comes of it is good, and return that."""
    from protekt_cli.config import load
    from protekt_cli.files import replacing

    file, sources = _file(invocation), invocation.sources()
    with replacing(file) as replace:
        content = file.read_bytes()
        try:
            changed = change(content)
        except ValueError:
            load(**sources, content=content)  # says what is wrong with it, and where
            raise InvalidConfig(f"{file} cannot be edited", hint="change it by hand") from None
        loaded = load(**sources, content=changed)
        invocation.warn(loaded.warnings)
        replace(changed)
    return loaded


def _note_cover(invocation: Invocation, key: Key, loaded: Loaded) -> None:
    """Say where something else than the file still decides."""
    from protekt_cli.config.problems import FILE

    origin = loaded.origins[key.name]
    if not origin.startswith(FILE) and origin != "default":
        invocation.note(f"note: {key.name} is {key.text(_value(key, loaded))} by {origin}")


def _line(fault: InvalidConfig) -> str:
    return f"{fault.message} ({fault.hint})" if fault.hint else fault.message
