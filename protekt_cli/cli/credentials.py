"""What a login leaves on this machine: one private file, an entry for each server or database.

It keeps the tokens and, beyond a logout, the device that this machine is to that server. It
judges no token and asks no store.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protekt_cli import files
from protekt_cli.errors import Failed, InvalidToken, Reason, StoreUnavailable

_DEVICE = ("deviceId", "deviceName")


class NotLoggedIn(InvalidToken):
    """Nobody is logged in here."""

    def __init__(self) -> None:
        super().__init__(Reason.MISSING, hint="protekt login")
        self.message = "not logged in"


@dataclass(frozen=True, eq=False, repr=False)
class Login:
    """A stored login: its tokens, and whose they are."""

    session_id: str
    device_id: str
    device_name: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    #: The session response that brought them.
    _response: Mapping[str, Any] = field(repr=False)

    def response_at(self, now: int) -> dict[str, Any]:
        """Return the session response, as it would be given at *now*."""
        return {**self._response, "expiresIn": max(0, self._response["expiresAt"] - now)}


@dataclass(frozen=True, eq=False, repr=False)
class Credentials:
    """The entry of one server in the file."""

    path: Path
    server: str

    @classmethod
    def of(cls, database: Path) -> Credentials:
        """Return the entry of the database itself."""
        from platformdirs import user_state_path

        return cls(user_state_path("protekt") / "credentials.json", str(database.resolve()))

    def find_login(self) -> Login | None:
        """Return the stored login, if there is one."""
        entry = self._entry()
        if "sessionToken" not in entry:
            return None
        try:
            return Login(
                session_id=entry["sessionId"],
                device_id=entry["deviceId"],
                device_name=entry.pop("deviceName"),
                access_token=entry["sessionToken"],
                refresh_token=entry["refreshToken"],
                _response=entry,
            )
        except KeyError:
            raise self._damaged() from None

    def get_login(self) -> Login:
        """Return the stored login.

        Raises:
            NotLoggedIn: There is none.
        """
        login = self.find_login()
        if login is None:
            raise NotLoggedIn
        return login

    def find_device(self, name: str | None) -> str | None:
        """Return the id of the device that this machine is, unless *name* asks for another."""
        entry = self._entry()
        return entry.get("deviceId") if name in (None, entry.get("deviceName")) else None

    def keep(self, response: Mapping[str, Any], device_name: str) -> None:
        """Keep the tokens of a session response.

        Of one session the higher generation stays: a slower command may come with a lower one.
        """
        entry = self._entry()
        is_same = entry.get("sessionId") == response["sessionId"]
        if is_same and entry.get("refreshGeneration", 0) > response["refreshGeneration"]:
            return
        self._write({**response, "deviceName": device_name})

    def forget(self, session_id: str) -> None:
        """Drop the tokens of a session, and keep the device; a newer login stays."""
        entry = self._entry()
        if entry.get("sessionId") != session_id:
            return
        self._write({name: entry[name] for name in _DEVICE if name in entry})

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
    def locked(self) -> Iterator[None]:
        """Keep every other command of this user from changing the file, waiting for its turn.

        Raises:
            StoreUnavailable: There is no place for the lock.
        """
        self.prepare()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path.with_suffix(".lock"), flags, files.PRIVATE)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # and with it the lock goes

    def _entry(self) -> dict[str, Any]:
        return self._read().get(self.server, {})

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return {}  # under sudo -u, HOME may be somebody else's: no login of ours is there
        except ValueError:
            raise self._damaged() from None
        if not isinstance(content, dict) or not all(isinstance(e, dict) for e in content.values()):
            raise self._damaged()
        return content

    def _write(self, entry: Mapping[str, Any]) -> None:
        self.prepare()
        if self.path.exists() and not os.access(self.path, os.R_OK):
            # What cannot be read would be lost: root may have left it here.
            raise self._unusable(PermissionError(errno.EACCES, "Permission denied"))
        content = {**self._read(), self.server: entry}
        files.write_private(self.path, json.dumps(content, indent=2).encode() + b"\n")

    def _unusable(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            f"cannot keep credentials in {self.path.parent}: {error.strerror}",
            hint="set XDG_STATE_HOME to a folder that you may write in",
        )

    def _damaged(self) -> Failed:
        return Failed(f"{self.path} is damaged", hint="remove it, and log in again")
