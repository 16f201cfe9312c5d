"""Commands that are imported and built only when they run.

Typer builds every command of an application before it looks at the arguments, which takes longer
than most commands run. Here a group knows the names of its commands and where they live; it
never decides what a command does.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from protekt_cli.cli.guessing import closest
from protekt_cli.cli.invocation import of
from protekt_cli.errors import Usage

F = TypeVar("F", bound=Callable[..., None])


def examples(*lines: str) -> Callable[[F], F]:
    """Attach the command lines that a command's help begins with."""

    def attach(function: F) -> F:
        function.__dict__["examples"] = lines
        return function

    return attach


def help_of(function: Callable[..., None]) -> str:
    """Return what a command's `--help` says: its sentence, its examples, then the rest."""
    sentence, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    shown = "\n".join(f"  {line}" for line in function.__dict__.get("examples", ()))
    # Click leaves the lines of a paragraph alone that begins with a backspace.
    parts = (sentence, f"\b\nExamples:\n{shown}" if shown else "", rest)
    return "\n\n".join(part for part in parts if part)


def sentence_of(function: Callable[..., None]) -> str:
    """Return the one sentence that says what a command does."""
    return " ".join(help_of(function).partition("\n\n")[0].split())


class Command(TyperCommand):
    """A command, whose usage line is written as it is everywhere: `NAME [NAME] [NAME]...`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what stands behind the command's name in its usage line."""
        arguments = [each for each in self.get_params(ctx) if each.param_type_name == "argument"]
        return ["[OPTIONS]", *(_usage_of(argument, ctx) for argument in arguments)]


def _usage_of(argument: Any, ctx: Any) -> str:
    name = argument.make_metavar(ctx)
    shown = name if argument.required else f"[{name}]"
    return shown if argument.nargs == 1 else f"{shown}..."


class LocalCommand(Command):
    """A command about this machine alone, whatever server is named."""

    def invoke(self, ctx: Any) -> Any:
        """Run it, unless it was asked to be about a server."""
        of(ctx).stay_local()
        return super().invoke(ctx)


class Lazy(TyperCommand):
    """Stands for a command, by its name, until it is the one that runs."""

    def __init__(
        self,
        name: str,
        place: str,
        sentence: str | None = None,
        kind: type[TyperCommand] = Command,
    ) -> None:
        super().__init__(name, short_help=sentence)
        self._module, _, self._function = place.partition(":")
        self._kind = kind

    def function(self) -> Callable[..., None]:
        """Import the command's function."""
        module = importlib.import_module(f"protekt_cli.cli.{self._module}")
        function: Callable[..., None] = getattr(module, self._function)
        return function

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the command's sentence, whole."""
        return self.short_help or sentence_of(self.function())

    def build(self) -> Any:
        """Build the command, with all of its parameters."""
        function = self.function()
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name, cls=self._kind, help=help_of(function))(function)
        return get_command(app)


class LazyGroup(TyperGroup):
    """A group whose commands may be lazy ones."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the arguments name, and build it.

        Raises:
            Usage: There is none of that name; one that is spelt almost so is named.
        """
        word = args[0]
        if word not in self.commands and not word.startswith("-") and not ctx.resilient_parsing:
            guess = closest(word, self.commands)
            hint = f"see: {ctx.command_path} --help"
            raise Usage(
                f"no such command '{word}'",
                hint=f"did you mean {ctx.command_path} {guess}? {hint}" if guess else hint,
            )
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.build() if isinstance(command, Lazy) else command, rest


def noun(
    name: str,
    sentence: str,
    places: Mapping[str, str],
    kinds: Mapping[str, type[TyperCommand]],
) -> LazyGroup:
    """Return the group of the commands about one thing.

    Args:
        kinds: Of what kind each is, by verb.
    """
    commands = {verb: Lazy(verb, place, kind=kinds[verb]) for verb, place in places.items()}
    return LazyGroup(name=name, commands={**commands}, help=sentence, rich_markup_mode=None)
