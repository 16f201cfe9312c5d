"""The admin API, one method a call: what an administrator does over HTTP, with an API key.

Answers are the JSON objects of the public interface, as `shapes` describes them. Lists are read
page by page as they are consumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

from protekt_cli.sdk.connection import Connection
from protekt_cli.sdk.shapes import (
    ApiKey,
    Device,
    Event,
    Json,
    NewApiKey,
    Revocation,
    Session,
    SessionResponse,
    SigningKey,
    Statistics,
    User,
)

#: The longest page that a server gives.
MOST = 1000


class Admin:
    """A server, as an administrator sees it.

    Args:
        url: The server's own URL, such as http://127.0.0.1:8787.
        api_key: A key of scope `read` or `admin`.
    """

    def __init__(self, url: str, api_key: str) -> None:
        self._connection = Connection(url, {"X-API-Key": api_key})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._connection.close()

    def list_users(
        self, *, status: str | None = None, search: str | None = None, page: int = MOST
    ) -> Iterator[User]:
        """Yield users, newest first."""
        query = {"status": status, "search": search}
        return cast("Iterator[User]", self._items("users", query, page))

    def create_user(
        self,
        email: str,
        *,
        name: str | None = None,
        password: str | None = None,
        metadata: Json | None = None,
    ) -> User:
        """Create a user; without a password, one who cannot log in by password."""
        body = {"email": email, "name": name, "password": password, "metadata": metadata}
        return cast("User", self._post("users", body))

    def get_user(self, user: str) -> User:
        """Return the user of an e-mail or an id."""
        return cast("User", self._get("users", user))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> User:
        """Change `email`, `name` (None clears it), `metadata` (whole) or `status`."""
        return cast("User", self._call("PATCH", _path("users", user), changes))

    def set_password(self, user: str, password: str) -> None:
        """Give a user a new password, and end the user's sessions."""
        self._call("PUT", _path("users", user, "password"), {"password": password})

    def delete_user(self, user: str) -> None:
        """Delete a user, with all devices and sessions."""
        self._call("DELETE", _path("users", user))

    def list_sessions(
        self,
        *,
        user: str | None = None,
        device: str | None = None,
        status: str | None = None,
        ip: str | None = None,
        since: str | None = None,
        sort: str | None = None,
        page: int = MOST,
    ) -> Iterator[Session]:
        """Yield sessions, newest first unless *sort* says otherwise."""
        query = {
            "user": user,
            "device": device,
            "status": status,
            "ip": ip,
            "since": since,
            "sort": sort,
        }
        return cast("Iterator[Session]", self._items("sessions", query, page))

    def get_session(self, session: str) -> Session:
        """Return a session."""
        return cast("Session", self._get("sessions", session))

    def create_session(
        self,
        user: str,
        *,
        ttl: str | int | None = None,
        claims: Mapping[str, Any] | None = None,
        device: Mapping[str, str] | None = None,
    ) -> SessionResponse:
        """Return the tokens of a new session of a user."""
        body = {"userId": user, "ttl": ttl, "claims": claims, "device": device}
        return cast("SessionResponse", self._post("sessions", body))

    def revoke_sessions(self, selectors: Mapping[str, Any]) -> Revocation:
        """End the sessions for which all selectors hold.

        Args:
            selectors: `ids`, `exceptIds`, `userId`, `deviceId`, `ip`, `idleFor`, `all`, and
                beside them `reason` and `dryRun`.
        """
        return cast("Revocation", self._call("POST", _path("sessions", "revoke"), selectors))

    def list_devices(self, *, user: str | None = None, page: int = MOST) -> Iterator[Device]:
        """Yield devices, newest first."""
        return cast("Iterator[Device]", self._items("devices", {"user": user}, page))

    def get_device(self, device: str) -> Device:
        """Return a device."""
        return cast("Device", self._get("devices", device))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Device:
        """Change `name` or `trusted`."""
        return cast("Device", self._call("PATCH", _path("devices", device), changes))

    def delete_device(self, device: str) -> None:
        """End the sessions of a device, and remove it."""
        self._call("DELETE", _path("devices", device))

    def list_events(
        self,
        limit: int,
        *,
        type: str | None = None,
        user: str | None = None,
        session: str | None = None,
        since: str | None = None,
    ) -> list[Event]:
        """Return the last *limit* events (0: all there are), the oldest of them first."""
        query = {"type": type, "user": user, "session": session, "since": since}
        found: list[Json] = []
        cursor: str | None = None
        while limit == 0 or len(found) < limit:
            most = MOST if limit == 0 else min(MOST, limit - len(found))
            page = self._call("GET", _path("events"), query={**query, "limit": most} | _at(cursor))
            found = page["items"] + found
            cursor = page["nextCursor"]
            if cursor is None:
                break
        return cast("list[Event]", found)

    def follow_events(
        self,
        *,
        after: int | None = None,
        type: str | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> Iterator[Event]:
        """Yield events as they are written, until the server ends the stream."""
        query = {"type": type, "user": user, "session": session}
        events = self._connection.events(_path("events", "stream"), query=query, after=after)
        return cast("Iterator[Event]", events)

    def list_keys(self) -> Iterator[SigningKey]:
        """Yield the signing keys, newest first."""
        return cast("Iterator[SigningKey]", self._items("keys", {}, MOST))

    def rotate_keys(self, *, algorithm: str | None = None) -> SigningKey:
        """Let the next key sign, and return it."""
        body = {} if algorithm is None else {"algorithm": algorithm}
        return cast("SigningKey", self._call("POST", _path("keys", "rotate"), body))

    def revoke_key(self, kid: str) -> SigningKey:
        """Refuse every token of a key from now on."""
        return cast("SigningKey", self._call("POST", _path("keys", kid, "revoke")))

    def jwks(self) -> Json:
        """Return the public keys as a JWK set (RFC 7517)."""
        return cast("Json", self._connection.request("GET", "/.well-known/jwks.json"))

    def create_api_key(
        self, name: str, *, scope: str | None = None, expires_in: str | int | None = None
    ) -> NewApiKey:
        """Create an API key; the answer alone ever holds the key itself."""
        body = {"name": name, "scope": scope, "expiresIn": expires_in}
        return cast("NewApiKey", self._post("apikeys", body))

    def list_api_keys(self) -> Iterator[ApiKey]:
        """Yield the API keys that are not revoked."""
        return cast("Iterator[ApiKey]", self._items("apikeys", {}, MOST))

    def revoke_api_key(self, key: str) -> None:
        """Refuse an API key from now on."""
        self._call("DELETE", _path("apikeys", key))

    def verify_token(self, token: str) -> Json:
        """Return what a validation answers, without a use of the session."""
        return cast("Json", self._call("POST", _path("tokens", "verify"), {"token": token}))

    def statistics(self) -> Statistics:
        """Return how much there is of everything."""
        return cast("Statistics", self._get("stats"))

    def _items(self, path: str, query: Mapping[str, Any], page: int) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            answer = self._call("GET", _path(path), query={**query, "limit": page} | _at(cursor))
            yield from answer["items"]
            cursor = answer["nextCursor"]
            if cursor is None:
                return

    def _get(self, *parts: str) -> Json:
        return cast("Json", self._call("GET", _path(*parts)))

    def _post(self, path: str, body: Mapping[str, Any]) -> Json:
        given = {name: value for name, value in body.items() if value is not None}
        return cast("Json", self._call("POST", _path(path), given))

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        return self._connection.request(method, path, query=query, body=body)


def _path(*parts: Sequence[str] | str) -> str:
    return "/v1/admin/" + "/".join(quote(str(part), safe="") for part in parts)


def _at(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"cursor": cursor}
