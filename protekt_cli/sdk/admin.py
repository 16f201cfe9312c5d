"""The admin API, one method a call: what an administrator does over HTTP, with an API key.

Answers are the JSON objects of the public interface, as `shapes` describes them. Lists are read
page by page as they are consumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Self, TypeVar

from protekt_cli.sdk.connection import Client, Connection, segment
from protekt_cli.sdk.frames import Frame
from protekt_cli.sdk.shapes import (
    ApiKey,
    Device,
    Event,
    Json,
    KeySet,
    NewApiKey,
    Page,
    Revocation,
    Session,
    SessionResponse,
    SigningKey,
    Statistics,
    User,
    Validation,
)

T = TypeVar("T")

#: The longest page that a server gives.
MOST = 1000


class Admin(Client):
    """A server, as an administrator sees it.

    Every method raises a `ProtektError` for what the server refuses, and where it gives no answer.

    Args:
        connection: The way to the server, with an API key of scope `read` or `admin`.
    """

    @classmethod
    def at(cls, url: str, api_key: str) -> Self:
        """Return the server at a URL, such as http://127.0.0.1:8787."""
        return cls(Connection(url, {"X-API-Key": api_key}))

    def list_users(
        self, *, status: str | None = None, search: str | None = None, page: int = MOST
    ) -> Iterator[User]:
        """Yield users, newest first."""
        return self._items(User, "users", {"status": status, "search": search}, page)

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
        return self._call(User, "POST", _path("users"), body=body)

    def get_user(self, user: str) -> User:
        """Return the user of an e-mail or an id."""
        return self._call(User, "GET", _path("users", user))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> User:
        """Change `email`, `name` (None clears it), `metadata` (whole) or `status`."""
        answer = self._connection.request("PATCH", _path("users", user), body=changes)
        return self._connection.checked(User, answer)

    def set_password(self, user: str, password: str) -> None:
        """Give a user a new password, and end the user's sessions."""
        self._do("PUT", _path("users", user, "password"), {"password": password})

    def delete_user(self, user: str) -> None:
        """Delete a user, with all devices and sessions."""
        self._do("DELETE", _path("users", user))

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
        """Yield sessions: the active ones, newest first, unless something else is asked for."""
        query = {
            "user": user,
            "device": device,
            "status": status,
            "ip": ip,
            "since": since,
            "sort": sort,
        }
        return self._items(Session, "sessions", query, page)

    def get_session(self, session: str) -> Session:
        """Return a session."""
        return self._call(Session, "GET", _path("sessions", session))

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
        return self._call(SessionResponse, "POST", _path("sessions"), body=body)

    def revoke_sessions(self, selectors: Mapping[str, Any]) -> Revocation:
        """End the sessions for which all selectors hold.

        Args:
            selectors: `ids`, `exceptIds`, `userId`, `deviceId`, `ip`, `idleFor`, `all`, and
                beside them `reason` and `dryRun`.
        """
        return self._call(Revocation, "POST", _path("sessions", "revoke"), body=selectors)

    def list_devices(self, *, user: str | None = None, page: int = MOST) -> Iterator[Device]:
        """Yield devices, newest first."""
        return self._items(Device, "devices", {"user": user}, page)

    def get_device(self, device: str) -> Device:
        """Return a device."""
        return self._call(Device, "GET", _path("devices", device))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Device:
        """Change `name` or `trusted`."""
        return self._call(Device, "PATCH", _path("devices", device), body=changes)

    def delete_device(self, device: str) -> None:
        """End the sessions of a device, and remove it."""
        self._do("DELETE", _path("devices", device))

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
        pages: list[list[Event]] = []
        missing, cursor = limit, None
        while True:
            most = min(MOST, missing) if limit else MOST
            page = self._page(Event, "events", {**query, "limit": most, "cursor": cursor})
            pages.append(page["items"])
            missing, cursor = missing - len(page["items"]), page["nextCursor"]
            if cursor is None or (limit and missing <= 0):
                return list(chain.from_iterable(reversed(pages)))

    def follow_events(
        self,
        *,
        after: int | None = None,
        type: str | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> Iterator[Frame]:
        """Yield events as they are written, until the server ends the stream.

        Before them comes a frame of type `open`; one of type `gap` says that events are there
        no more.

        Args:
            after: The `seq` of the last event that was seen; without it, only what is to come.
        """
        query = {"type": type, "user": user, "session": session}
        return self._connection.events(_path("events", "stream"), query=query, after=after)

    def list_keys(self, *, page: int = MOST) -> Iterator[SigningKey]:
        """Yield the signing keys, newest first."""
        return self._items(SigningKey, "keys", {}, page)

    def rotate_keys(self, *, algorithm: str | None = None) -> SigningKey:
        """Let the next key sign, and return it."""
        return self._call(
            SigningKey, "POST", _path("keys", "rotate"), body={"algorithm": algorithm}
        )

    def revoke_key(self, kid: str) -> SigningKey:
        """Refuse every token of a key from now on."""
        return self._call(SigningKey, "POST", _path("keys", kid, "revoke"))

    def jwks(self) -> KeySet:
        """Return the public keys as a JWK set."""
        return self._call(KeySet, "GET", "/.well-known/jwks.json")

    def create_api_key(
        self, name: str, *, scope: str | None = None, expires_in: str | int | None = None
    ) -> NewApiKey:
        """Create an API key; the answer alone ever holds the key itself."""
        body = {"name": name, "scope": scope, "expiresIn": expires_in}
        return self._call(NewApiKey, "POST", _path("apikeys"), body=body)

    def list_api_keys(self, *, page: int = MOST) -> Iterator[ApiKey]:
        """Yield the API keys that are not revoked, newest first."""
        return self._items(ApiKey, "apikeys", {}, page)

    def revoke_api_key(self, key: str) -> None:
        """Refuse an API key from now on."""
        self._do("DELETE", _path("apikeys", key))

    def verify_token(self, token: str) -> Validation:
        """Return what a validation answers, without a use of the session."""
        return self._call(Validation, "POST", _path("tokens", "verify"), body={"token": token})

    def statistics(self) -> Statistics:
        """Return how much there is of everything."""
        return self._call(Statistics, "GET", _path("stats"))

    def _items(self, kind: type[T], name: str, query: Mapping[str, Any], most: int) -> Iterator[T]:
        cursor = None
        while True:
            page = self._page(kind, name, {**query, "limit": most, "cursor": cursor})
            yield from page["items"]
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def _page(self, kind: type[T], name: str, query: Mapping[str, Any]) -> Page:
        page = self._call(Page, "GET", _path(name), query=query)
        for item in page["items"]:
            self._connection.checked(kind, item)
        return page

    def _call(
        self,
        kind: type[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> T:
        """Return an answer of a certain shape; what is None in a body is left out."""
        if body is not None:
            body = {name: value for name, value in body.items() if value is not None}
        answer = self._connection.request(method, path, query=query, body=body)
        return self._connection.checked(kind, answer)

    def _do(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        self._connection.request(method, path, body=body)


def _path(*parts: str) -> str:
    return "/v1/admin/" + "/".join(map(segment, parts))
