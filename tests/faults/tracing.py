"""What a server asks of the kernel, and in which order, as strace sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.running import Serving

_CALLS = "fsync,fdatasync,sync_file_range,write,writev,pwrite64,sendto,sendmsg"
_ANSWER = re.compile(r'(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket).*"HTTP/1\.1 ')
_LOG_WRITE = re.compile(r"(?:write|pwrite64)\(\d+<[^>]*-wal>")
_SYNC_BEGIN = re.compile(r"^(\d+) +(?:fsync|fdatasync)\(\d+<[^>]*-wal>(.*)")
_SYNC_RESUMED = re.compile(r"^(\d+) +<\.\.\. (?:fsync|fdatasync) resumed>.*= 0")
PATIENCE = 10.0


class Trace:
    """The lines that strace has written so far, read answer by answer."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def until_answer(self) -> list[str]:
        """Return what was done since the last answer, until the next one's bytes were written."""
        deadline = monotonic() + PATIENCE
        while True:
            lines = self._file.read_text(errors="replace").splitlines()
            for number in range(self._read, len(lines)):
                if _ANSWER.search(lines[number]):
                    done, self._read = lines[self._read : number], number + 1
                    return done
            assert monotonic() < deadline, lines[self._read :]


def log_steps(lines: list[str]) -> list[str]:
    """Return what was done to the log: `write`, and `sync` once one has come back."""
    steps, under_way = [], set()
    for line in lines:
        begun, resumed = _SYNC_BEGIN.match(line), _SYNC_RESUMED.match(line)
        if _LOG_WRITE.search(line):
            steps.append("write")
        elif begun and "unfinished" in begun[2]:
            under_way.add(begun[1])
        elif (begun and begun[2].endswith("= 0")) or (resumed and resumed[1] in under_way):
            steps.append("sync")
    return steps


@contextmanager
def traced(server: Serving, file: Path) -> Iterator[Trace]:
    """Trace all threads of a server until the end of the block."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace here")
    options = ("-f", "-yy", "-s", "32", "-e", f"trace={_CALLS}", "-o", str(file))
    process = subprocess.Popen(
        [strace, *options, "-p", str(server.process.pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        if "attached" not in said:
            pytest.skip(f"strace may not trace here: {said.strip()}")
        yield Trace(file)
    finally:
        process.terminate()
        process.communicate(timeout=10)
