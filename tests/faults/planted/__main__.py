"""Plant each bug in a copy of the tree, and find the test that is said to catch it red.

`python -m tests.faults.planted [NAME…]` takes some minutes, and exits with 1 where a bug went
unnoticed, or a patch no longer applies. Every test is run without the bug first: one that is red
anyhow catches nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.planted.patches import ROOT, Patch, read_all

_COPIED = ("protekt_cli", "tests", "pyproject.toml", "sample-config.toml")
#: What pytest exits with where a test failed, and nothing else was wrong.
_RED = 1
#: Seconds; a test has patience of its own, and ends long before.
_PATIENCE = 600


def main(names: Sequence[str]) -> int:
    """Try the named patches, or all, print a line for each, and return the exit code."""
    patches = [patch for patch in read_all() if not names or patch.name in names]
    width = max(len(patch.name) for patch in patches)
    good = True
    with TemporaryDirectory() as folder:
        copy = _copy(Path(folder) / "protekt")
        is_green = cache(lambda test: _run(copy, test) == 0)
        for patch in patches:
            verdict = _judge(patch, copy, is_green(patch.caught_by))
            good = good and verdict == "caught"
            print(f"{patch.name:<{width}}  {verdict:<24}  {patch.caught_by}", flush=True)
    return 0 if good else 1


def _judge(patch: Patch, copy: Path, is_green: bool) -> str:
    if not is_green:
        return "red or skipped anyhow"
    if patch.apply(copy) is not None:
        return "does not apply"
    try:
        return "caught" if _run(copy, patch.caught_by) == _RED else "UNNOTICED"
    finally:
        assert patch.apply(copy, "--reverse") is None


def _copy(place: Path) -> Path:
    place.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, place / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        else:
            shutil.copy(source, place / name)
    return place


def _run(copy: Path, test: str) -> int:
    """Run a test on the code of the copy, commands and servers too, and return pytest's word.

    One that is skipped is not green here: nobody knows what it would have found.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-rs", "-n0", "-p", "no:cacheprovider", test],
        cwd=copy,
        # An installed script too looks here first. No compiled file outlives its source.
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    return _RED + 1 if "SKIPPED" in ended.stdout else ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
