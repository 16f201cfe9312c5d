"""The JSON shapes of the public interface: camelCase, null for what is absent, never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protekt_cli.core import policy

if TYPE_CHECKING:
    from protekt_cli.models import (
        ApiKey,
        Device,
        Event,
        Grant,
        Session,
        SigningKey,
        User,
        Validation,
    )
    from protekt_cli.store.statistics import Statistics

Json = dict[str, Any]


def user_json(user: User) -> Json:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "status": user.status,
        "metadata": user.metadata,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
        "lastLoginAt": user.last_login_at,
    }


def device_json(device: Device, active_sessions: int) -> Json:
    return {
        "id": device.id,
        "userId": device.user_id,
        "name": device.name,
        "kind": device.kind,
        "trusted": device.trusted,
        "ip": device.ip,
        "userAgent": device.user_agent,
        "firstSeenAt": device.first_seen_at,
        "lastSeenAt": device.last_seen_at,
        "activeSessions": active_sessions,
    }


def session_json(
    session: Session, now: int, *, current: str | None = None, with_note: bool = False
) -> Json:
    """Return a session as it stands at *now*.

    Args:
        current: The id of the caller's own session, if it has one.
        with_note: Whether the administrator's note is for the reader's eyes.
    """
    end = policy.end_of(session, now)
    return {
        "id": session.id,
        "userId": session.user_id,
        "userEmail": session.user_email,
        "status": policy.status(session, now),
        "device": {"id": session.device_id, "name": session.device_name},
        "ip": session.ip,
        "userAgent": session.user_agent,
        "location": None,
        "amr": session.amr,
        "createdAt": session.created_at,
        "lastActiveAt": session.last_active_at,
        "refreshedAt": session.refreshed_at,
        "idleExpiresAt": session.idle_expires_at,
        "absoluteExpiresAt": session.absolute_expires_at,
        "expiresAt": policy.expires_at(session),
        "endedAt": end.at if end else None,
        "endReason": end.reason if end else None,
        "endNote": session.end_note if with_note else None,
        "current": session.id == current,
    }


def key_json(key: SigningKey) -> Json:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "status": key.status,
        "createdAt": key.created_at,
        "retiredAt": key.retired_at,
    }


def api_key_json(key: ApiKey) -> Json:
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "lastUsedAt": key.last_used_at,
    }


def new_api_key_json(key: ApiKey, presented: str) -> Json:
    """Return a key with what to present, which is shown this once."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "key": presented,
    }


def grant_json(grant: Grant) -> Json:
    """Return the session response: what a login or a refresh answers."""
    session = grant.session
    return {
        "sessionId": session.id,
        "sessionToken": grant.access_token,
        "refreshToken": grant.refresh_token,
        "expiresAt": grant.access_expires_at,
        "expiresIn": grant.access_expires_at - grant.issued_at,
        "tokenType": "Bearer",
        "user": {"id": grant.user.id, "email": grant.user.email, "name": grant.user.name},
        "refreshExpiresAt": policy.refresh_ends_at(session),
        "deviceId": session.device_id,
        "refreshGeneration": session.generation,
    }


def validation_json(validation: Validation) -> Json:
    """Return what a validation answers: the session and its user, or the reason."""
    session, user, at = validation.session, validation.user, validation.judged_at
    if session is None or user is None or at is None:
        return {
            "valid": False,
            "reason": validation.reason,
            "endReason": validation.end_reason,
        }
    return {
        "valid": True,
        "session": session_json(session, at),
        "user": user_json(user),
        "expiresIn": validation.expires_in,
    }


def event_json(event: Event) -> Json:
    return {
        "seq": event.seq,
        "id": event.id,
        "type": event.type,
        "at": event.at,
        "userId": event.user_id,
        "sessionId": event.session_id,
        "deviceId": event.device_id,
        "ip": event.ip,
        "actor": event.actor,
        "reason": event.reason,
        "data": event.data,
    }


def statistics_json(statistics: Statistics) -> Json:
    return {
        "users": statistics.users,
        "sessions": {status.value: count for status, count in statistics.sessions.items()},
        "devices": statistics.devices,
        "events": statistics.events,
        "databaseBytes": statistics.database_bytes,
    }
