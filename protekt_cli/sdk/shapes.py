"""The JSON objects of the public interface, as types. Times are Unix seconds (UTC)."""

from __future__ import annotations

from typing import Any, TypedDict

Json = dict[str, Any]


def is_like(kind: type, value: object) -> bool:
    """Whether a value has the members of one of these types; of what type they are is not asked."""
    required: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
    return isinstance(value, dict) and required <= value.keys()


class User(TypedDict):
    id: str
    email: str
    name: str | None
    status: str
    metadata: Json
    createdAt: int
    updatedAt: int
    lastLoginAt: int | None


class Device(TypedDict):
    id: str
    userId: str
    name: str
    kind: str
    trusted: bool
    ip: str | None
    userAgent: str | None
    firstSeenAt: int
    lastSeenAt: int
    activeSessions: int


class SessionDevice(TypedDict):
    id: str
    name: str


class Location(TypedDict):
    country: str | None
    city: str | None


class Session(TypedDict):
    id: str
    userId: str
    userEmail: str
    status: str
    device: SessionDevice
    ip: str | None
    userAgent: str | None
    location: Location | None
    amr: list[str]
    createdAt: int
    lastActiveAt: int
    refreshedAt: int | None
    idleExpiresAt: int
    absoluteExpiresAt: int
    expiresAt: int
    endedAt: int | None
    endReason: str | None
    endNote: str | None
    current: bool


class NamedUser(TypedDict):
    id: str
    email: str
    name: str | None


class SessionResponse(TypedDict):
    sessionId: str
    sessionToken: str
    refreshToken: str
    expiresAt: int
    expiresIn: int
    tokenType: str
    user: NamedUser
    refreshExpiresAt: int
    deviceId: str
    refreshGeneration: int


class Verdict(TypedDict):
    valid: bool


class Validation(Verdict, total=False):
    """Of what is valid the session, its user, and for how long; else the reason."""

    session: Session
    user: User
    expiresIn: int
    reason: str
    endReason: str | None


class Event(TypedDict):
    seq: int
    id: str
    type: str
    at: int
    userId: str | None
    sessionId: str | None
    deviceId: str | None
    ip: str | None
    actor: str
    reason: str | None
    data: Json


class SigningKey(TypedDict):
    kid: str
    algorithm: str
    status: str
    createdAt: int
    retiredAt: int | None


class ApiKey(TypedDict):
    id: str
    name: str
    scope: str
    createdAt: int
    expiresAt: int | None
    lastUsedAt: int | None


class NewApiKey(TypedDict):
    id: str
    name: str
    scope: str
    createdAt: int
    expiresAt: int | None
    key: str


class Revocation(TypedDict):
    revoked: int
    ids: list[str] | None
    notFound: list[str]
    dryRun: bool


class SessionCounts(TypedDict):
    active: int
    expired: int
    revoked: int


class Statistics(TypedDict):
    users: int
    sessions: SessionCounts
    devices: int
    events: int
    databaseBytes: int


class KeySet(TypedDict):
    """A JWK set (RFC 7517 5)."""

    keys: list[Json]


class Page(TypedDict):
    items: list[Any]
    nextCursor: str | None


class OwnSession(TypedDict):
    session: Session
    user: User


class OwnSessions(TypedDict):
    sessions: list[Session]


class OwnDevices(TypedDict):
    devices: list[Device]


class Count(TypedDict):
    revoked: int


class Health(TypedDict):
    status: str
