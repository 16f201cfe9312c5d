"""The values that everything speaks of: frozen, and knowing nothing of SQL, HTTP or a terminal.

Times are whole Unix seconds (UTC). What is secret in a value is kept out of its `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from protekt_cli.errors import EndReason, Reason


class UserStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class SessionStatus(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyStatus(StrEnum):
    """A signing key's life: published, then signing, then verifying only, or refused at once."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


class Scope(StrEnum):
    """What an API key may do: an app's calls, and every GET of the admin API, and everything."""

    CLIENT = "client"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str
    name: str | None
    status: UserStatus
    metadata: Mapping[str, Any]
    created_at: int
    updated_at: int
    last_login_at: int | None
    #: The sealed password hash; None for a user who cannot log in by password.
    sealed_password: bytes | None = field(repr=False)
    #: Moves with every end of all sessions: a login that began before it creates none.
    revocations: int


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    user_id: str
    name: str
    kind: str
    trusted: bool
    ip: str | None
    user_agent: str | None
    first_seen_at: int
    last_seen_at: int


@dataclass(frozen=True, slots=True)
class Caller:
    """From where a request comes, as far as it said."""

    ip: str | None = None
    user_agent: str | None = None
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One login on one device, and the family of its refresh tokens."""

    id: str
    user_id: str
    user_email: str
    device_id: str
    device_name: str
    ip: str | None
    user_agent: str | None
    amr: tuple[str, ...]
    claims: Mapping[str, Any]
    client_id: str
    created_at: int
    last_active_at: int
    refreshed_at: int | None
    idle_expires_at: int
    refresh_expires_at: int
    absolute_expires_at: int
    #: Whether this session asked at login for its refresh deadline to slide.
    sliding: bool
    generation: int
    rotated_at: int | None
    #: From where the last rotation was asked for.
    rotated_by: Caller
    #: Whether the server has been shown anything of this generation.
    seen: bool
    #: How often the successor was given again because its answer was lost.
    lost_answers: int
    salt: bytes = field(repr=False)
    ended_at: int | None
    end_reason: EndReason | None
    end_note: str | None


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    algorithm: str
    status: KeyStatus
    #: The private key, or the shared secret, sealed by the master key.
    sealed: bytes = field(repr=False)
    #: The public JWK; None for an algorithm that has no public half.
    public: Mapping[str, str] | None
    created_at: int
    retired_at: int | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's credential, as far as it may be shown: the key itself is not kept."""

    id: str
    name: str
    scope: Scope
    created_at: int
    expires_at: int | None
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    id: str
    type: str
    at: int
    user_id: str | None
    session_id: str | None
    device_id: str | None
    ip: str | None
    actor: str
    reason: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login or a refresh yields: the only value that carries both tokens."""

    session: Session
    user: User
    access_token: str = field(repr=False)
    access_expires_at: int
    refresh_token: str = field(repr=False)
    issued_at: int


@dataclass(frozen=True, slots=True)
class Validation:
    """What a validation found. What stands below `end_reason` is there where it is valid."""

    reason: Reason | None
    end_reason: EndReason | None = None
    session: Session | None = None
    user: User | None = None
    #: Of the access token, in seconds, where it was one.
    expires_in: int | None = None
    #: When it was so.
    judged_at: int | None = None

    @property
    def is_valid(self) -> bool:
        return self.reason is None
