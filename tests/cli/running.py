"""Running `protekt`: in this process for most, in one of its own, or at a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTEKT = str(Path(sys.executable).with_name("protekt"))
PASSWORD = "wonderland is real"
#: Seconds after which what was waited for does not come any more.
PATIENCE = 30.0
#: Access tokens that are soon over.
SHORT = {"PROTEKT_TOKENS_ACCESS_TTL": "1s"}


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[list[str]]:
        """What it printed, as tab-separated cells."""
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def fields(self) -> dict[str, str]:
        """What it printed as rows of field and value, without the header."""
        return {line[0]: line[1] for line in self.lines[1:]}


Run = Callable[..., Done]


def session_of(protekt: Run, session_id: str) -> dict[str, object]:
    """Return a session as it stands."""
    shown: dict[str, object] = protekt("sessions", "show", session_id, "--json").json
    return shown


def wait_until_expired(protekt: Run) -> None:
    """Wait for the end of the stored login's access token."""
    deadline = time.monotonic() + PATIENCE
    while protekt("token", "verify").fields.get("reason") != "token_expired":
        assert time.monotonic() < deadline


def in_process(*arguments: str, stdin: str = "", environ: Mapping[str, str] = {}) -> Done:
    """Run `protekt` in a process of its own."""
    ended = subprocess.run(
        [PROTEKT, *arguments],
        input=stdin,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


class Terminal:
    """`protekt` at a terminal of its own, and what that shows."""

    def __init__(
        self, *arguments: str, environ: Mapping[str, str] = {}, columns: int | None = None
    ) -> None:
        self.shown = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            if columns is not None:
                termios.tcsetwinsize(0, (24, columns))
            whole = {**os.environ, "TERM": "xterm", **environ}
            os.execve(PROTEKT, [PROTEKT, *arguments], whole)  # noqa: S606 - no shell is wanted

    def until(self, text: str) -> Terminal:
        """Wait for it to show *text*, after what was waited for before."""
        begin = len(self.shown)
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown[begin:]:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), f"ended before {text!r}: {self.shown!r}"
        return self

    def type(self, text: str) -> Terminal:
        """Type something."""
        os.write(self._terminal, text.encode())
        return self

    def end(self) -> int:
        """Wait for its end and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, self.shown
        _, status = os.waitpid(self._pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], PATIENCE)
        assert ready, f"it shows nothing more: {self.shown!r}"
        try:
            read = os.read(self._terminal, 65_536)
        except OSError:  # how Linux says that the other side has been closed
            return False
        self.shown += read.decode()
        return bool(read)
