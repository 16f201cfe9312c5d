"""What is asked of the person at the terminal, and how a password comes in without one.

Prompts go to the terminal, never to stdout. A secret is never an argument: every user of the
machine can read those.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from protekt_cli.errors import Failed, Usage


def ask_text(name: str, remedy: str) -> str:
    """Ask for a line.

    Raises:
        Usage: There is no terminal to ask at; *remedy* says what to give instead.
    """
    if not sys.stdin.isatty():
        raise Usage(f"there is no terminal to ask for the {name} at", hint=remedy)
    return _answer_to(f"{name}: ").rstrip("\n")


def ask_password(*, from_stdin: bool, twice: bool = False) -> str:
    """Read a password from stdin, or ask for it without showing it.

    Raises:
        Usage: There is no terminal to ask at, or what was typed twice differs.
    """
    if from_stdin:
        return _read_password()
    return ask_hidden("password", "--password-stdin", twice=twice)


def ask_hidden(name: str, remedy: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it.

    Raises:
        Usage: There is no terminal to ask at, and *remedy* says what to do instead; or what was
            typed twice differs.
    """
    if not sys.stdin.isatty():
        raise Usage(f"there is no terminal to ask for the {name} at", hint=remedy)
    from getpass import getpass

    with _left_alone():
        secret = getpass(f"{name}: ")
        again = getpass("again: ") if twice else secret
    if again != secret:
        raise Usage("the two passwords differ", hint="nothing was changed; try again")
    return secret


def confirm(consequence: str) -> None:
    """Ask whether something destructive shall be done.

    Raises:
        Usage: There is no terminal to ask at.
        Failed: The answer was no.
    """
    if not sys.stdin.isatty():
        raise Usage(f"{consequence}, and nobody is there to ask", hint="--yes, or --dry-run")
    if _answer_to(f"{consequence}. Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Failed("nothing was changed")


def is_stdin_unread() -> bool:
    """Say whether standard input is a file or a pipe, and something is in it."""
    try:
        number = sys.stdin.fileno()
        kind = os.fstat(number).st_mode
    except (AttributeError, OSError, ValueError):
        return False  # it is closed, or nothing of the system's
    if stat.S_ISREG(kind):
        return os.lseek(number, 0, os.SEEK_CUR) < os.fstat(number).st_size
    if not stat.S_ISFIFO(kind):
        return False
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    return any(event & select.POLLIN for _, event in waiting.poll(0))


def read_stdin() -> str:
    """Read all of stdin as text.

    Raises:
        Usage: It is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise Usage("what came on standard input is not UTF-8 text") from None


def _read_password() -> str:
    """Take off the one line end that `echo` adds, and nothing else: it may be part of it."""
    text = read_stdin()
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")


def _answer_to(question: str) -> str:
    with _left_alone():
        _say(question)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
    return line


@contextmanager
def _left_alone() -> Iterator[None]:
    """Take the end of what is typed for Ctrl-C, and leave the terminal at the begin of a line."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        _say("\n")
        raise KeyboardInterrupt from None


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
