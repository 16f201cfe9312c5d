"""What a login leaves on this machine, for each server or database.

It keeps the tokens: in the system keyring where that takes them, and the file then names only ids;
and, beyond a logout, the device that this machine is to that server. It judges no token and asks
no store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protekt_cli.cli.credentials_file import CredentialsFile, Entry, is_entry
from protekt_cli.errors import Failed, InvalidToken, Reason, StoreUnavailable

_DEVICE = ("deviceId", "deviceName")
#: What stays in the file where the tokens are in the keyring.
_IDS = ("sessionId", *_DEVICE)


class NotLoggedIn(InvalidToken):
    """Nobody is logged in here."""

    def __init__(self, remedy: str) -> None:
        super().__init__(Reason.MISSING, hint=remedy)
        self.message = "not logged in"


@dataclass(frozen=True, eq=False, repr=False)
class Login:
    """A stored login: its tokens, and whose they are."""

    session_id: str
    device_id: str
    device_name: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    _received_at: int
    #: The session response that brought them.
    _response: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, entry: Entry) -> Login:
        """Return the login of an entry.

        Raises:
            KeyError: Something of it is missing.
        """
        own = ("deviceName", "receivedAt")
        return cls(
            session_id=entry["sessionId"],
            device_id=entry["deviceId"],
            device_name=entry["deviceName"],
            access_token=entry["sessionToken"],
            refresh_token=entry["refreshToken"],
            _received_at=entry["receivedAt"],
            _response={name: value for name, value in entry.items() if name not in own},
        )

    @property
    def generation(self) -> int:
        """How many times the refresh token had been rotated."""
        return int(self._response["refreshGeneration"])

    def response_at(self, now: int) -> dict[str, Any]:
        """Return the session response, as it would be given at *now*.

        What is left is counted from when it came, by one clock: the server's may go otherwise.
        """
        left = self._response["expiresIn"] - (now - self._received_at)
        return {**self._response, "expiresIn": max(0, left)}


@dataclass(frozen=True, eq=False, repr=False)
class Credentials:
    """What is kept for one server."""

    file: CredentialsFile
    #: The server's URL, or the path of the database.
    server: str
    #: What to type to be logged in.
    remedy: str
    #: Tells those who want to know more.
    say: Callable[[str], None]

    @classmethod
    def of(cls, database: Path, say: Callable[[str], None]) -> Credentials:
        """Return what is kept for the database itself."""
        return cls(CredentialsFile.of_user(), str(database.resolve()), "protekt login", say)

    @classmethod
    def to(cls, server: str, say: Callable[[str], None]) -> Credentials:
        """Return what is kept for a server, by its URL in its one spelling."""
        return cls(CredentialsFile.of_user(), server, f"protekt --server {server} login", say)

    def find_login(self) -> Login | None:
        """Return the stored login, if there is one.

        Raises:
            StoreUnavailable: Its tokens are in a keyring that does not give them.
        """
        entry = self.file.entry(self.server)
        if not entry.keys() & {"sessionId", "sessionToken"}:
            return None
        whole: Entry | None = entry if "sessionToken" in entry else self._in_keyring(entry)
        try:
            return Login.of(whole) if whole else None
        except KeyError:
            raise self.file.damaged() from None

    def get_login(self) -> Login:
        """Return the stored login.

        Raises:
            NotLoggedIn: There is none.
            StoreUnavailable: Its tokens are in a keyring that does not give them.
        """
        login = self.find_login()
        if login is None:
            raise NotLoggedIn(self.remedy)
        return login

    def find_session(self) -> str | None:
        """Return the id of the stored login's session; no keyring is asked for it."""
        return self.file.entry(self.server).get("sessionId")

    def find_device(self, name: str | None) -> str | None:
        """Return the id of the device that this machine is, unless *name* asks for another."""
        entry = self.file.entry(self.server)
        return entry.get("deviceId") if name in (None, entry.get("deviceName")) else None

    def keep(self, response: Mapping[str, Any], device_name: str, now: int) -> None:
        """Keep the tokens of a session response that came at *now*.

        Of one session the higher generation stays: a slower command may come with a lower one.
        """
        if self.find_session() == response["sessionId"]:
            kept = self.find_login()
            if kept is not None and kept.generation > response["refreshGeneration"]:
                return
        entry = {**response, "deviceName": device_name, "receivedAt": now}
        if self._has_gone_to_keyring(entry):
            entry = {name: entry[name] for name in _IDS}
        self.file.put(self.server, entry)

    def forget(self, session_id: str) -> None:
        """Drop the tokens of a session, and keep the device; a newer login stays.

        Raises:
            StoreUnavailable: They are in a keyring that does not drop them.
        """
        entry = self.file.entry(self.server)
        if entry.get("sessionId") != session_id:
            return
        if "sessionToken" not in entry and self._in_keyring(entry):
            with self._keyring_needed() as keyrings:
                keyrings.remove(self.server)
        self.file.put(self.server, {name: entry[name] for name in _DEVICE if name in entry})

    @property
    def lock(self) -> Path:
        """What is locked by a command that changes the stored login.

        Each server has its own: one that does not answer keeps nobody from another.
        """
        import hashlib  # which loads what most commands never need

        name = hashlib.sha256(self.server.encode()).hexdigest()[:16]
        return self.file.path.with_name(f"login-{name}.lock")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other command of this user from changing the stored login meanwhile.

        Raises:
            StoreUnavailable: There is no place for the lock.
        """
        with self.file.holding(self.lock):
            yield

    def _has_gone_to_keyring(self, entry: Entry) -> bool:
        from protekt_cli.cli import keyrings

        try:
            keyrings.put(self.server, json.dumps(entry))
        except keyrings.Unusable as unusable:
            self.say(f"the system keyring is not used: {unusable.reason}")
            return False
        return True

    def _in_keyring(self, entry: Entry) -> Entry | None:
        """Return the whole of an entry of which the file names only ids."""
        with self._keyring_needed() as keyrings:
            secret = keyrings.find(self.server)
        try:
            found = json.loads(secret or "{}")
        except ValueError:
            found = None
        if not is_entry(found):
            raise Failed("the tokens in the system keyring are damaged", hint=self.remedy)
        # Another file of logins, in another state folder, may share the keyring.
        return found if found.get("sessionId") == entry["sessionId"] else None

    @contextmanager
    def _keyring_needed(self) -> Iterator[Any]:
        from protekt_cli.cli import keyrings

        try:
            yield keyrings
        except keyrings.Unusable as unusable:
            raise StoreUnavailable(
                f"the tokens are in the system keyring, which is of no use: {unusable.reason}",
                hint=f"mend that, or log in again: {self.remedy}",
            ) from unusable
