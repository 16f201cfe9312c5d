"""Ctrl-C at any moment of what takes its time: exit 130, and all of it was done, or nothing."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from protekt_cli.store import sqlite
from tests.cli.running import PATIENCE, PROTEKT, Run

#: Users, enough for each command to take its time; and the moments of it that are tried.
USERS, MOMENTS = 4000, 8
#: What the command is, once the interpreter is up: before that Ctrl-C is the interpreter's.
PROGRAM = "from protekt_cli.cli.main import main; print('up', flush=True); main()"
COMMANDS = {
    "users import users.jsonl": "empty",
    "users export export.jsonl": "crowded",
    "db backup backup.db": "crowded",
    "db check": "crowded",
    "events verify": "crowded",
}
#: The same, with Ctrl-C in a finalizer, where Python drops every exception.
DROPPED = """
import signal, sys
from protekt_cli.cli.main import main

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def look(event, arguments):
    global waiting
    if event == "open" and str(arguments[0]).endswith("protekt.toml"):
        waiting = None

waiting = Finalized()
sys.addaudithook(look)
main()
"""


@pytest.fixture(scope="module")
def blueprints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without users and a file of many, and one that has them."""
    root = tmp_path_factory.mktemp("blueprints")
    rows = (json.dumps({"email": f"{number}@example.com"}) for number in range(USERS))
    for name in ("empty", "crowded"):
        folder = root / name
        folder.mkdir()
        (folder / "users.jsonl").write_text("\n".join(rows))
        run(folder, "init")
    shutil.copy(root / "empty" / "users.jsonl", root / "crowded" / "users.jsonl")
    run(root / "crowded", "users", "import", "users.jsonl")
    return root


def run(folder: Path, *words: str) -> None:
    subprocess.run([PROTEKT, *words], cwd=folder, check=True, capture_output=True, timeout=PATIENCE)


def interrupted(folder: Path, command: str, moment: float) -> tuple[int, str]:
    """Run a command, interrupt it some seconds later, and return its exit code and stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said


def files(folder: Path) -> set[str]:
    """Return the files there are, without SQLite's own."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def count_users(database: Path) -> int:
    with closing(sqlite.open_existing(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])


@pytest.mark.parametrize("command", COMMANDS)
def test_interrupted_command_leaves_nothing_half_done(
    protekt: Run, blueprints: Path, tmp_path: Path, command: str
) -> None:
    """Whenever that comes: no traceback, no part of a file, no part of an import."""
    kind = COMMANDS[command]
    shutil.copytree(blueprints / kind, tmp_path / "whole")
    begun = monotonic()
    assert interrupted(tmp_path / "whole", command, PATIENCE)[0] == 0
    lasts = monotonic() - begun
    made = files(tmp_path / "whole") - files(blueprints / kind)
    codes = []

    for number in range(MOMENTS):
        folder = tmp_path / str(number)
        shutil.copytree(blueprints / kind, folder)
        code, said = interrupted(folder, command, lasts * (number + 0.5) / MOMENTS)
        codes.append(code)
        left = files(folder) - files(blueprints / kind)

        assert code in (0, 130), said
        assert "Traceback" not in said
        assert left == made if code == 0 else left in (made, set())
        for name in left:
            assert (folder / name).stat().st_size == (tmp_path / "whole" / name).stat().st_size
        users = {count_users(folder / "protekt.db")}
        assert users == {USERS} if kind == "crowded" or code == 0 else users <= {0, USERS}

    print(f"\n{command}: {codes}")
    assert 130 in codes


@pytest.mark.usefixtures("logged_in")
def test_ctrl_c_that_python_drops_counts_yet() -> None:
    """A moment later, and without a word of what was dropped."""
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED, "events", "tail", "--follow"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (130, "") == (ended.returncode, ended.stderr)
