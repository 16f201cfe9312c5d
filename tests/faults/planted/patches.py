"""Bugs that somebody could write: patches against the source, each with the test that finds it.

A patch begins with lines of `# ` in words, then `# caught by: FILE::TEST`, then what `git apply`
takes.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
_CAUGHT_BY = "# caught by: "


@dataclass(frozen=True, slots=True)
class Patch:
    """One planted bug: what is wrong, and which test has to be red with it."""

    file: Path
    about: str
    caught_by: str

    @property
    def name(self) -> str:
        return self.file.stem

    def apply(self, root: Path, *options: str) -> str | None:
        """Apply the patch to a tree, and return what `git` has against it."""
        # Outside of any repository: inside of one, git leaves alone what is not in it.
        environ = os.environ | {"GIT_CEILING_DIRECTORIES": str(root.parent)}
        ended = subprocess.run(
            ["git", "apply", *options, self.file],
            cwd=root,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.stderr if ended.returncode else None


def read(file: Path) -> Patch:
    """Return the patch of a file."""
    head = [line for line in file.read_text().splitlines() if line.startswith("# ")]
    caught_by = [line.removeprefix(_CAUGHT_BY) for line in head if line.startswith(_CAUGHT_BY)]
    about = [line.removeprefix("# ") for line in head if not line.startswith(_CAUGHT_BY)]
    assert len(caught_by) == 1, file
    assert about, file
    return Patch(file, " ".join(about), caught_by[0])


def read_all() -> list[Patch]:
    """Return all patches, by name."""
    return [read(file) for file in sorted(FOLDER.glob("*.patch"))]
