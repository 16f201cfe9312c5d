"""Every command explains itself, and mentions nothing that is not there."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import protekt_cli.cli
from protekt_cli.cli.app import COMMANDS, build
from protekt_cli.cli.commands import Lazy, LazyGroup, sentence_of
from tests.cli.running import Run


def leaves(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Lazy]]:
    """Give every command below a group, with the words that name it."""
    for name, command in group.commands.items():
        if isinstance(command, LazyGroup):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


_NAME = re.compile(r"-|[A-Z|]+|\[(-|[A-Z|]+)\](\.\.\.)?")
LEAVES = dict(leaves(build()))
IDS = [" ".join(path) for path in LEAVES]


@pytest.mark.parametrize("path", LEAVES, ids=IDS)
def test_every_command_has_help(protekt: Run, path: tuple[str, ...]) -> None:
    """One sentence, examples before the options, and a word on each argument and option."""
    command = LEAVES[path].build()

    shown = protekt(*path, "--help").out

    assert sentence_of(LEAVES[path].function()).endswith(".")
    assert 0 < shown.index("Examples:") < shown.index("Options:")
    assert [each.name for each in command.params if not each.help] == []


@pytest.mark.parametrize("path", LEAVES, ids=IDS)
def test_every_usage_line_is_written_alike(protekt: Run, path: tuple[str, ...]) -> None:
    """What may be left out in brackets, what may be repeated with dots, and names in capitals."""
    usage = protekt(*path, "--help").out.splitlines()[0]

    words = usage.removeprefix(f"Usage: protekt {' '.join(path)} [OPTIONS]").split()
    assert usage.startswith(f"Usage: protekt {' '.join(path)} [OPTIONS]")
    assert [word for word in words if not _NAME.fullmatch(word)] == []


def test_ids_may_be_several(protekt: Run) -> None:
    """The usage line says so."""
    assert "[OPTIONS] [ID]..." in protekt("sessions", "revoke", "--help").out


@pytest.mark.parametrize("path", LEAVES, ids=IDS)
def test_every_value_has_a_name(path: tuple[str, ...]) -> None:
    """And not its type's."""
    command = LEAVES[path].build()

    options = [each for each in command.params if each.param_type_name == "option"]
    named = [each.metavar for each in options if not each.is_flag and not each.count]
    assert [name for name in named if not name] == []


@pytest.mark.parametrize("path", LEAVES, ids=IDS)
def test_every_example_is_a_command_line(path: tuple[str, ...]) -> None:
    """Examples parse, down to each option and its value."""
    lazy = LEAVES[path]
    examples = lazy.function().__dict__["examples"]

    for example in examples:
        words = shlex.split(example.partition(" < ")[0])

        assert ("protekt", *path) == tuple(words[: 1 + len(path)])
        with lazy.build().make_context(path[-1], words[1 + len(path) :]):
            pass


def test_first_level_sentences_are_those_of_the_commands() -> None:
    """What `protekt --help` says without importing a command is what the command says."""
    sentences = {name: sentence for name, (_, sentence) in COMMANDS.items()}

    assert sentences == {name: sentence_of(LEAVES[(name,)].function()) for name in COMMANDS}


def test_help_of_a_group_lists_its_commands(protekt: Run) -> None:
    """Each command of a group stands there with its sentence."""
    shown = " ".join(protekt("sessions", "--help").out.split())

    assert "list List the active sessions, the newest first." in shown


def test_completion_knows_commands_and_options(
    protekt: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A shell is offered the commands of a group, and the options of a command."""
    monkeypatch.setenv("_PROTEKT_COMPLETE", "complete_bash")
    offered = {}
    for line in ("protekt sessions re", "protekt sessions list --st"):
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        with pytest.raises(SystemExit):
            protekt()
        offered[line] = capfd.readouterr().out.split()

    assert offered == {
        "protekt sessions re": ["revoke"],
        "protekt sessions list --st": ["--status"],
    }


def test_only_the_drawing_module_imports_rich() -> None:
    """What draws is one module, so that nothing else can show what was not made harmless."""
    importing = {
        path.name
        for path in Path(protekt_cli.cli.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if any(name.split(".")[0] == "rich" for name in imported(node))
    }

    assert {"drawing.py"} == importing


def imported(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
