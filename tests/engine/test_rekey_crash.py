"""A process that is killed while it renews the master key leaves a pair that opens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from protekt_cli.engine import event_log
from tests.conftest import AddUser, Install

DYING = Path(__file__).with_name("dying.py")


def test_a_crash_at_any_moment_leaves_a_pair_that_opens(
    install: Install, add_user: AddUser, tmp_path: Path
) -> None:
    """Killed before and after each call that reaches the disk, and at random: never half done."""
    folder = tmp_path / "installation"
    folder.mkdir()
    engine = install(folder=folder)
    add_user(engine, "alice@example.com", "wonderland is real").login()
    head = str(event_log.verify(engine).head)
    engine.close()

    ended = subprocess.run(
        [sys.executable, DYING, folder, head], capture_output=True, text=True, timeout=300
    )

    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["moments"] > 100
    # The old key alone, both on either side of the commit, and the new one alone.
    seen = {(state, lines) for state, lines, _ in report["found"]}
    assert seen == {("old", 1), ("old", 2), ("new", 2), ("new", 1)}
