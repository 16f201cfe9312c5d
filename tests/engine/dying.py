"""A process that renews the master key of copies of an installation, and is killed at it.

Run as a program: `dying.py FOLDER HEAD`. It forks a child for every moment to die at: before and
after each call that could reach the disk, and then at random. After each death it opens what is
left as anybody would, and at the end it prints how often that was the old pair and the new one.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.engine import event_log, keys, rekey, users
from protekt_cli.engine.engine import Engine
from protekt_cli.store import measures, meta
from protekt_cli.store import users as user_table
from protekt_cli.store.database import View

#: C functions that reach the disk, or say what has to.
REACHING = {"execute", "open", "write", "flush", "fsync", "replace", "unlink", "close"}
RANDOM_DEATHS = 40
RANDOM = random.SystemRandom()

State = tuple[str, int]


def renew(folder: Path, dying_at: int | None) -> None:
    """Renew the master key, and die before or after one of the calls."""
    left = dying_at

    def look(_: FrameType, event: str, function: Any) -> None:
        nonlocal left
        if not event.startswith("c_") or function.__name__ not in REACHING or left is None:
            return
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    engine = opened(folder)
    assert engine.key_file is not None
    sys.setprofile(look)
    rekey.rekey(engine, engine.key_file, actor="cli")
    sys.setprofile(None)
    engine.close()


def opened(folder: Path) -> Engine:
    return Engine.open(load(folder=folder, environ={}).settings, {}, Clock())


def state_of(folder: Path, before: bytes, head: str) -> State:
    """Open everything, and return which of the keys is in use and how many are in the file."""
    engine = opened(folder)

    def look(view: View) -> tuple[bool, bool]:
        (user,) = user_table.list_matching(view, status=None, search=None, limit=None)
        assert users.open_password(engine, view, user)
        assert keys.get_active(engine, view)
        is_new = meta.find(view, meta.MASTER_KEY_CHECK) != before
        return is_new, measures.count_active(view) == 0

    is_new, has_ended = engine.read(look)
    assert is_new == has_ended
    assert event_log.verify(engine, event_log.Head.parse(head)).first_bad_seq is None
    engine.close()
    lines = (folder / "protekt.key").read_text().splitlines()
    return ("new" if is_new else "old"), len(lines)


def main(folder: Path, head: str) -> None:
    """Die at each call in turn until there is none left, then at random."""
    engine = opened(folder)
    before = engine.read(lambda view: meta.find(view, meta.MASTER_KEY_CHECK))
    engine.close()
    assert before is not None
    found: Counter[State] = Counter()
    began = time.monotonic()
    for moment in count():
        copy, status = die(folder, moment, None)
        found[state_of(copy, before, head)] += 1
        if os.WIFEXITED(status):
            break
    longest = (time.monotonic() - began) / moment
    for _ in range(RANDOM_DEATHS):
        copy, _ = die(folder, None, RANDOM.uniform(0, longest))
        found[state_of(copy, before, head)] += 1
    print(
        json.dumps({"moments": moment, "found": sorted((*state, n) for state, n in found.items())})
    )


def die(folder: Path, moment: int | None, after: float | None) -> tuple[Path, int]:
    """Let a child renew the key of a fresh copy, and die; return the copy and how it ended."""
    copy = folder.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        renew(copy, moment)
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return copy, os.waitpid(child, 0)[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
