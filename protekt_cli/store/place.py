"""Whether the file at a path is the one that was opened there, or another has taken its name.

The open file would go on answering, for this process alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

#: Calls what it is given behind all that waits by then, as an event loop does.
Afterwards = Callable[[Callable[[], None]], object]


class Place:
    """A path, and which file was found at it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _file_at(path)
        self._afterwards: Afterwards | None = None
        self._has_looked = False

    def look_once(self, afterwards: Afterwards) -> None:
        """Look once for all who wait, where one else looks each time.

        Whoever asks before *afterwards* calls back was waiting when the look was taken: no answer
        is older than its question.
        """
        self._afterwards = afterwards

    def is_as_found(self) -> bool:
        """Whether the file is still there."""
        if self._has_looked:
            return True
        if _file_at(self._path) != self._file:
            return False
        if self._afterwards is not None:
            self._has_looked = True
            self._afterwards(self._forget)
        return True

    def follow(self, anew: Place) -> None:
        """Go on with the file that was found anew."""
        self._file = anew._file

    def _forget(self) -> None:
        self._has_looked = False


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at *path* from another that takes its name."""
    try:
        status = os.stat(path)  # noqa: PTH116 - on every read; the method costs twice as much
    except OSError:
        return None
    return status.st_dev, status.st_ino
