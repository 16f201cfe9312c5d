"""What the admin commands ask of the database itself or of a server: they cannot tell which.

Answers are the JSON objects of the public interface; what is refused is a `Problem` in either
case. A thing is named by its id or the unambiguous start of one, a user by an e-mail as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from protekt_cli.cli.administration import (
    Ended,
    EventQuery,
    Json,
    Listed,
    Selectors,
    SessionQuery,
)


class Holdings(Protocol):
    """Sessions and devices: everybody's for an administrator, one's own for a user."""

    def now(self) -> int:
        """Return what time it is there, in Unix seconds."""

    def prepare(self) -> None:
        """Fail now where a change would fail: before anything is typed or confirmed in vain."""

    def list_sessions(self, query: SessionQuery) -> Listed:
        """Return sessions as they stand now."""

    def get_session(self, session: str) -> Json:
        """Return a session as it stands now."""

    def count_selected(self, selectors: Selectors) -> Ended:
        """Return what `revoke_sessions` would end, and end nothing."""

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        """End the active sessions of a selection, and keep the note with each."""

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        """Return devices, newest first."""

    def get_device(self, device: str) -> Json:
        """Return a device."""

    def count_on_device(self, device: str) -> Ended:
        """Return what `revoke_device` would end, and end nothing."""

    def revoke_device(self, device: str) -> Ended:
        """End the sessions of a device, and remove it."""


class Administration(Holdings, Protocol):
    """One installation, as an administrator sees it."""

    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json:
        """Return a new user; without a password, one who cannot log in by password."""

    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed:
        """Return users, newest first."""

    def get_user(self, user: str) -> Json:
        """Return a user."""

    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        """Change `email`, `name` (None clears it), `metadata` or `status` (active, disabled)."""

    def set_password(self, user: str, password: str) -> Json:
        """Give a user a new password, and end the user's sessions."""

    def delete_user(self, user: str) -> None:
        """Delete a user, with all devices and sessions."""

    def issue(
        self, user: str, *, ttl: int | None, claims: Mapping[str, Any], device: str | None
    ) -> Json:
        """Return the session response of a new session."""

    def verify_token(self, token: str) -> Json:
        """Return what a validation answers, without a use of the session."""

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        """Change `name` or `trusted`."""

    def list_keys(self, *, limit: int) -> Listed:
        """Return the signing keys, newest first."""

    def rotate_keys(self, *, algorithm: str | None) -> Json:
        """Let the next key sign, and return it."""

    def get_revocable_key(self, kid: str) -> Json:
        """Return the key that `revoke_key` would revoke, and refuse what it would refuse."""

    def revoke_key(self, kid: str) -> Json:
        """Refuse every token of a key from now on."""

    def jwks(self) -> Json:
        """Return the public keys as a JWK set."""

    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json:
        """Return a new API key; nothing else ever shows the key itself."""

    def list_api_keys(self, *, limit: int) -> Listed:
        """Return the API keys that are not revoked, newest first."""

    def revoke_api_key(self, key: str) -> Json:
        """Refuse an API key from now on, and return what it was."""

    def list_events(self, query: EventQuery) -> Listed:
        """Return the last events, the oldest of them first."""

    def follow_events(self, last: int) -> Iterator[Json | None]:
        """Yield the last events, and then each soon after it was written, for ever.

        None whenever there is nothing new for a moment: for who has to look whether anybody reads.
        """
