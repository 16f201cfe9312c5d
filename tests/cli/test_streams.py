"""Standard streams that nobody reads, that are full, or that are closed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROTEKT, Done, Run

#: More than a pipe holds.
LONG = "x" * 50_000


@pytest.fixture
def crowd(protekt: Run, installed: Path) -> None:
    """Users of whom there is a lot to say."""
    users = [{"email": f"{number}@example.com", "metadata": {"text": LONG}} for number in range(5)]
    Path("users.jsonl").write_text("".join(json.dumps(user) + "\n" for user in users))
    assert protekt("users", "import", "users.jsonl").code == 0


def in_shell(line: str) -> Done:
    """Run a line of a shell in which `protekt` stands for itself."""
    ended = subprocess.run(
        ["sh", "-c", line.replace("protekt", PROTEKT, 1)], capture_output=True, text=True
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


def test_reader_that_goes_away_is_no_matter(logged_in: str) -> None:
    """`protekt … | head` says nothing about the pipe that was closed, not at its exit either."""
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run([PROTEKT, "sessions", "list"], stdout=writing, stderr=subprocess.PIPE)

    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    "command",
    [
        "users list --limit 0 --json",
        "users list --limit 0 --jsonl",
        "users list --limit 0 --csv",
        "users show 1@example.com",
        "users export",
        "events list --limit 0",
        "events tail --follow",
        "help config",
    ],
)
def test_reader_that_has_read_enough_is_no_matter(command: str) -> None:
    """After the first line, in the middle of all that is still to be written."""
    with subprocess.Popen(
        [PROTEKT, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()

        said = process.stderr.read()

    assert (process.returncode in (0, 1), said) == (True, b"")


def test_answer_that_cannot_be_written_is_a_failure(logged_in: str) -> None:
    """A full disk is said, and is exit 1; so is a stdout that is closed."""
    full = in_shell("protekt sessions list >/dev/full")
    closed = in_shell("protekt sessions list >&-")

    assert (full.code, full.err) == (1, "protekt: no space left on device\n")
    assert (closed.code, closed.err) == (1, "protekt: bad file descriptor\n")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_error_that_cannot_be_said_keeps_its_exit_code(where: str) -> None:
    """Whoever asks the shell is told."""
    assert in_shell(f"protekt users show nobody@example.com {where}").code == 3


@pytest.mark.usefixtures("alice")
def test_closed_input_is_no_terminal_and_holds_nothing() -> None:
    """Nothing is asked for there, and nothing is read."""
    asked, read = (
        in_shell(f"protekt {words} <&-") for words in ("login alice@example.com", "token decode -")
    )

    assert (2, "there is no terminal" in asked.err) == (asked.code, True)
    assert (4, "there is no token" in read.err) == (read.code, True)


def test_no_file_takes_the_place_of_a_closed_stream(protekt: Run, alice: str) -> None:
    """Else an answer could be written into a database."""
    done = in_shell("protekt token issue alice@example.com <&- >&- 2>&-")

    assert done.code == 1
    assert protekt("db", "check").code == 0
