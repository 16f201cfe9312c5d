"""The private file that holds an entry for each server: read, written whole, and locked.

What an entry means is not known here; only whether it can be one at all.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protekt_cli import files
from protekt_cli.errors import Failed, StoreUnavailable

Entry = dict[str, Any]

_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("sessionId", "sessionToken", "refreshToken", "deviceId", "deviceName"), str),
    **dict.fromkeys(("expiresAt", "expiresIn", "receivedAt", "refreshGeneration"), int),
}


@dataclass(frozen=True, slots=True)
class CredentialsFile:
    """The file of this user on this machine."""

    path: Path

    @classmethod
    def of_user(cls) -> CredentialsFile:
        """Return the one in the user's state folder."""
        from platformdirs import user_state_path

        return cls(user_state_path("protekt") / "credentials.json")

    def entry(self, server: str) -> Entry:
        """Return the entry of a server; an empty one where there is none.

        Raises:
            Failed: The file is damaged.
        """
        return self._read().get(server, {})

    def put(self, server: str, entry: Entry) -> None:
        """Replace the entry of a server, and none of another, whoever writes at the same time.

        Raises:
            StoreUnavailable: The file cannot be written, or is a symbolic link.
        """
        with self.holding(self.path.with_suffix(".lock")):
            if self.path.exists() and not os.access(self.path, os.R_OK):
                # What cannot be read would be lost: root may have left it here.
                raise self._unusable(PermissionError(errno.EACCES, "Permission denied"))
            content = {**self._read(), server: entry}
            files.write_private(self.path, json.dumps(content, indent=2).encode() + b"\n")

    def prepare(self) -> None:
        """Make the folder, so that a login does not fail after its session was made.

        Raises:
            StoreUnavailable: It cannot be made, or the file is a symbolic link.
        """
        files.refuse_symlink(self.path)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    @contextmanager
    def holding(self, lock: Path) -> Iterator[None]:
        """Hold a lock beside the file, waiting for its turn.

        Raises:
            StoreUnavailable: There is no place for the lock.
        """
        self.prepare()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(lock, flags, files.PRIVATE)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # and with it the lock goes

    def damaged(self) -> Failed:
        """Return the error of a file, or of an entry, that no command of ours wrote."""
        return Failed(f"{self.path} is damaged", hint="remove it, and log in again")

    def _read(self) -> dict[str, Entry]:
        try:
            content = json.loads(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return {}  # under sudo -u, HOME may be somebody else's: no login of ours is there
        except (ValueError, RecursionError):
            raise self.damaged() from None
        if not isinstance(content, dict) or not all(map(is_entry, content.values())):
            raise self.damaged()
        return content

    def _unusable(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            f"cannot keep credentials in {self.path.parent}: {error.strerror}",
            hint="set XDG_STATE_HOME to a folder that you may write in",
        )


def is_entry(value: object) -> bool:
    """Whether a value can be an entry: what is known of one is of the right kind."""
    return isinstance(value, dict) and all(
        isinstance(value[name], kind) for name, kind in _KINDS.items() if name in value
    )
