"""Many who install at once in one folder: one of them does, and whoever comes later finds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.engine import keys
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Problem


def test_racing_installations_make_one(tmp_path: Path) -> None:
    """Eight processes at once, several times: one made it whole, nobody overwrote a key."""
    racers = [Racer() for _ in range(8)]
    folders = [tmp_path / str(round_) for round_ in range(5)]

    for folder in folders:
        folder.mkdir()
        for racer in racers:
            racer.start(folder)
        outcomes = [racer.outcome() for racer in racers]

        assert outcomes.count("made 2") == 1, outcomes
        assert set(outcomes) <= {"made 2", "made 0", "refused"}
        assert sorted(path.name for path in folder.iterdir()) == ["protekt.db", "protekt.key"]
        assert works(folder)

    for racer in racers:
        racer.close()


class Racer:
    """A process that installs in a folder at a word."""

    _PROGRAM = """
import sys
from pathlib import Path
from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.engine import setup
from protekt_cli.errors import Problem

print("ready", flush=True)
for line in sys.stdin:
    settings = load(folder=Path(line.strip()), environ={}).settings
    try:
        print("made", len(setup.install(settings, {}, Clock())), flush=True)
    except Problem as problem:
        print("refused", flush=True)
"""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.outcome() == "ready"

    def start(self, folder: Path) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()

    def outcome(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.communicate()


def works(folder: Path) -> bool:
    """Whether the database opens, and its keys open under the master key beside it."""
    settings = load(folder=folder, environ={}).settings
    engine = Engine.open(settings, {}, Clock())
    try:
        engine.read(lambda view: keys.get_active(engine, view))
    except Problem:
        return False
    finally:
        engine.close()
    return True
