"""What the admin commands ask for, of the database itself or of a server: they cannot tell which.

Answers are the JSON objects of the public interface; what is refused is a `Problem` in either
case. It imports nothing that opens a database or a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list, or its beginning."""

    items: Iterable[Json]
    #: Whether there are more than were asked for.
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions to list: the options of `sessions list`, as they were typed."""

    user: str | None = None
    device: str | None = None
    status: str = "active"
    ip: str | None = None
    since: str | None = None
    sort: str = "-created"
    limit: int = 100


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events to list: the options of `events list`, as they were typed."""

    type: str | None = None
    user: str | None = None
    session: str | None = None
    since: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Selectors:
    """Which sessions to end: all that is given must hold."""

    ids: tuple[str, ...] | None = None
    user: str | None = None
    device: str | None = None
    ip: str | None = None
    #: In seconds.
    idle_for: int | None = None
    all: bool = False
    #: The stored login's session, for `--current` and `--others`.
    current: str | None = None
    others_than: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What a revocation ended, or in a dry run would end."""

    sessions: int
    #: None above 1,000.
    ids: Sequence[str] | None
    not_found: Sequence[str] = ()
    #: Of how many users, on how many devices; None where nobody counted.
    users: int | None = None
    devices: int | None = None


class Administration(Protocol):
    """One installation, as an administrator sees it."""

    def now(self) -> int:
        """Return what time it is there, in Unix seconds."""

    def prepare(self) -> None:
        """Fail now where a change would fail: before anything is typed or confirmed in vain."""

    # A thing is named by its id or the unambiguous start of one, a user by an e-mail as well.
    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json: ...
    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed: ...
    def get_user(self, user: str) -> Json: ...
    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        """Change `email`, `name` (None clears it), `metadata` or `status` (active, disabled)."""

    def set_password(self, user: str, password: str) -> Json: ...
    def delete_user(self, user: str) -> None: ...

    def list_sessions(self, query: SessionQuery) -> Listed: ...
    def get_session(self, session: str) -> Json: ...
    def count_selected(self, selectors: Selectors) -> Ended:
        """Return what `revoke_sessions` would end, and end nothing."""

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended: ...
    def issue(
        self,
        user: str,
        *,
        ttl: int | None,
        claims: Mapping[str, Any],
        device: str | None,
    ) -> Json:
        """Return the session response of a new session."""

    def verify_token(self, token: str) -> Json:
        """Return what a validation answers, without a use of the session."""

    def list_devices(self, *, user: str | None, limit: int) -> Listed: ...
    def get_device(self, device: str) -> Json: ...
    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        """Change `name` or `trusted`."""

    def count_on_device(self, device: str) -> Ended: ...
    def revoke_device(self, device: str) -> Ended: ...

    def list_keys(self, *, limit: int) -> Listed: ...
    def rotate_keys(self, *, algorithm: str | None) -> Json: ...
    def get_revocable_key(self, kid: str) -> Json:
        """Return the key that `revoke_key` would revoke, and refuse what it would refuse."""

    def revoke_key(self, kid: str) -> Json: ...
    def jwks(self) -> Json: ...
    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json: ...
    def list_api_keys(self, *, limit: int) -> Listed: ...
    def revoke_api_key(self, key: str) -> Json: ...

    def list_events(self, query: EventQuery) -> Listed: ...
    def follow_events(self, last: int) -> Iterator[Json | None]:
        """Yield the last events, and then each soon after it was written, for ever.

        None now and then, where there is nothing new: for who has to look whether anybody reads.
        """
