"""`protekt sessions watch`: drawn anew on a terminal, line by line in a pipe."""

from __future__ import annotations

import json
import select
import signal
import subprocess

import pytest

from tests.cli.running import PROTEKT, Run, Terminal


def test_terminal_shows_who_comes_and_goes(protekt: Run, alice: str) -> None:
    """Without a key pressed; Ctrl-C ends it, and the terminal is as it was."""
    terminal = Terminal("sessions", "watch", columns=100)
    terminal.until("active sessions: 0")

    protekt("token", "issue", alice, "--device", "the laptop")
    terminal.until("active sessions: 1").until("the laptop")
    protekt("sessions", "revoke", "--user", alice, "--yes")
    terminal.until("active sessions: 0").type("\x03")

    assert 130 == terminal.end()
    assert "\x1b[?1049l" in terminal.shown


@pytest.mark.parametrize("flag", ["--json", "--jsonl"])
def test_pipe_has_a_line_for_each_change(protekt: Run, alice: str, flag: str) -> None:
    """When a session begins and when it ends; of the user that is asked for alone."""
    protekt("users", "create", "bob@example.com", "--no-password")
    process = subprocess.Popen(
        [PROTEKT, "sessions", "watch", "--user", alice, flag], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    # It follows what is written after it began: tried until there is an answer.
    while not select.select([process.stdout], [], [], 0.5)[0]:
        protekt("token", "issue", "bob@example.com")
        protekt("token", "issue", alice)

    begun = json.loads(process.stdout.readline())
    protekt("sessions", "revoke", begun["id"], "--yes")
    session = begun
    while (session["id"], session["status"]) != (begun["id"], "revoked"):
        session = json.loads(process.stdout.readline())
        assert alice == session["userEmail"]
    process.send_signal(signal.SIGINT)

    process.communicate()
    assert 130 == process.returncode


@pytest.mark.usefixtures("installed")
def test_unknown_user_is_refused_at_once(protekt: Run) -> None:
    """Nobody waits for what cannot come."""
    done = protekt("sessions", "watch", "--user", "nobody@example.com", "--jsonl")

    assert (3, "") == (done.code, done.out)
