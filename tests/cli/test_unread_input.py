"""A token that was given where nobody reads it is not taken for another one in silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROTEKT, Done, Terminal, in_process

NOTE = "note: this is the stored login's token; - reads standard input\n"


def with_file(*arguments: str, text: str) -> Done:
    """Run a command with a file as its standard input."""
    file = Path("token.txt")
    file.write_text(text)
    with file.open() as stream:
        ended = subprocess.run([PROTEKT, *arguments], stdin=stream, capture_output=True, text=True)
    return Done(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("command", ["token decode", "token verify", "explain", "token revoke"])
def test_input_that_is_not_read_is_said(logged_in: str, command: str) -> None:
    """In a pipe and from a file: the answer is about the stored login."""
    piped = in_process(*command.split(), stdin="another token\n")
    redirected = with_file("token", "decode", text="another token\n")

    assert [(0, NOTE), (0, NOTE)] == [(done.code, done.err) for done in (piped, redirected)]
    assert piped.out


def test_nothing_is_said_where_nothing_was_given(logged_in: str) -> None:
    """An empty pipe, an empty file, no standard input, and a terminal are how scripts run."""
    closed = subprocess.run(
        ["sh", "-c", f"{PROTEKT} token decode <&-"], capture_output=True, text=True, check=True
    )
    terminal = Terminal("token", "decode")

    assert "" == in_process("token", "decode", stdin="").err
    assert "" == with_file("token", "decode", text="").err
    assert "" == closed.stderr
    assert terminal.end() == 0
    assert "note:" not in terminal.shown


def test_nothing_is_said_where_it_is_read_or_nobody_wants_to_know(logged_in: str) -> None:
    """`-` takes it, and `--quiet` is for scripts that know."""
    token = in_process("token", "show").out
    read = in_process("token", "decode", "-", stdin=token)

    assert (0, "") == (read.code, read.err)
    assert "" == in_process("--quiet", "token", "decode", stdin=token).err
