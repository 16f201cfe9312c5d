"""A keyring in a file, as the `keyring` package loads it by name; for tests alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps what it is given in the file that the environment names; it may be locked."""

    priority: ClassVar[float] = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep something."""
        self._path().write_text(json.dumps({**self._read(), f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        """Drop what is kept."""
        kept = self._read()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("there is none")
        self._path().write_text(json.dumps(kept))

    def _read(self) -> dict[str, str]:
        if "FILE_KEYRING_LOCKED" in os.environ:
            raise KeyringLocked("the keyring is locked")
        path = self._path()
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return kept

    def _path(self) -> Path:
        return Path(os.environ["FILE_KEYRING"])
