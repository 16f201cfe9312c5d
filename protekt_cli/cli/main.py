"""The entry point, and the one door through which every error leaves.

Whatever a command raises becomes one line on stderr, a hint, and an exit code; with `--json`
one JSON object instead. A traceback is shown to nobody who did not ask for it with `-vv`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from protekt_cli.cli.invocation import Invocation
from protekt_cli.errors import Failed, Problem, Usage

if TYPE_CHECKING:
    import typer

INTERRUPTED = 130
#: `-v` once says more; twice, it shows tracebacks.
_TRACEBACKS = 2
#: Seconds.
_MOMENT = 0.01
#: How a standard stream that is closed is opened: nothing is read, to write an answer fails, and
#: notes go nowhere.
_INSTEAD = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}


def main() -> None:
    """Run the command line of this process and exit with its code."""
    for number, (name, flags) in enumerate(_INSTEAD.items()):
        if getattr(sys, name) is None:
            _open(number, name, flags)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character is no reason to fail.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.unraisablehook = _interrupt_again
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what was to be done is done
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    invocation = Invocation(os.environ)
    try:
        code = _invoke(arguments, invocation)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)
        return Failed.exit_code  # what reads the answer has had enough: nothing to be said
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError):
            _drop(sys.stdout)
        return _report(error, arguments, invocation)
    return code


def _invoke(arguments: Sequence[str], invocation: Invocation) -> int:
    from protekt_cli.cli.app import build

    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        raise Usage("an argument is not UTF-8 text", hint="see: protekt --help") from None
    # Not standalone, Typer hands errors and exit codes back instead of acting on them.
    code = build().main(list(arguments), prog_name="protekt", standalone_mode=False, obj=invocation)
    return code if isinstance(code, int) else 0


def _interrupt_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Let Ctrl-C that came where Python drops every exception, as in a finalizer, count yet."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, _MOMENT)
    else:
        sys.__unraisablehook__(unraisable)


def _open(number: int, name: str, flags: int) -> None:
    """Open a standard stream that is closed, so that no other file gets its number."""
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w"))


def _drop(stream: TextIO) -> None:
    """Keep the interpreter from writing at its exit what could not be written now."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _report(error: Exception, arguments: Sequence[str], invocation: Invocation) -> int:
    from protekt_cli.cli.output import error_json, error_text

    problem = _problem(error)
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    try:
        if invocation.verbosity >= _TRACEBACKS:
            import traceback

            traceback.print_exception(error)
        sys.stderr.write(error_json(problem) if "--json" in own else error_text(problem))
        sys.stderr.flush()
    except OSError:  # nobody can be told; the exit code still says it
        _drop(sys.stderr)
    return problem.exit_code


def _problem(error: Exception) -> Problem:
    import typer

    if isinstance(error, Problem):
        return error
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return Failed(f"{where}{error.strerror.lower()}")
    return _bug(error)


def _usage(error: typer.TyperException) -> Usage:
    """Say what Typer says in our own way, and where the help is."""
    guesses = getattr(error, "possibilities", None)
    said = error.message if guesses else error.format_message()
    message = " ".join(said.split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "protekt"
    option = getattr(error, "option_name", None)
    hint = f"did you mean {guesses[0]}? see: {path} --help" if guesses else f"see: {path} --help"
    if context and any(
        option in parameter.opts for parameter in context.find_root().command.params
    ):
        hint = f"{option} goes before the command: protekt {option} … {path.partition(' ')[2]}"
    return Usage(message[:1].lower() + message[1:], hint=hint)


def _bug(error: Exception) -> Failed:
    """Name the place and not the message, which may hold what it was about."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" in {place.tb_frame.f_code.co_name}, line {place.tb_lineno}" if place else ""
    return Failed(
        f"this is a bug: {type(error).__name__}{where}",
        hint="run it again as protekt -vv … and report what that shows",
    )
