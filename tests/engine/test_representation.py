"""The JSON of the public interface: exactly the documented members, and nothing secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import representation, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Caller, Grant, Session, Validation
from protekt_cli.store import devices as device_table

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]
Stored = Callable[[Grant], Session]

DAY = 24 * 3600


def test_a_session_has_exactly_its_members(alice: Person, clock: HandClock) -> None:
    """Null where there is nothing, never left out."""
    session = alice.login(Caller(ip="192.0.2.1", user_agent="curl/8")).session

    shown = representation.session_json(session, clock.now().seconds)

    now = clock.now().seconds
    assert json.loads(json.dumps(shown)) == {
        "id": session.id,
        "userId": alice.id,
        "userEmail": "alice@example.com",
        "status": "active",
        "device": {"id": session.device_id, "name": "curl"},
        "ip": "192.0.2.1",
        "userAgent": "curl/8",
        "location": None,
        "amr": ["pwd"],
        "createdAt": now,
        "lastActiveAt": now,
        "refreshedAt": None,
        "idleExpiresAt": now + DAY,
        "absoluteExpiresAt": now + 30 * DAY,
        "expiresAt": now + DAY,
        "endedAt": None,
        "endReason": None,
        "endNote": None,
        "current": False,
    }


def test_a_session_is_shown_as_it_stands_now(alice: Person, clock: HandClock) -> None:
    """A dead one is never shown alive, whether or not its end is on record."""
    session = alice.login().session
    clock.advance(DAY)

    shown = representation.session_json(session, clock.now().seconds)

    assert (shown["status"], shown["endReason"]) == ("expired", "idle_timeout")
    assert shown["endedAt"] == shown["expiresAt"] == session.created_at + DAY


def test_a_note_is_for_administrators(
    alice: Person, revoke: Revoke, stored: Stored, clock: HandClock
) -> None:
    """Null in what the session's user is shown."""
    grant = alice.login()
    revoke(grant.session.id, note="found on a train")
    session, now = stored(grant), clock.now().seconds

    theirs = representation.session_json(session, now)
    ours = representation.session_json(session, now, with_note=True)

    assert (theirs["endNote"], ours["endNote"]) == (None, "found on a train")
    assert (ours["status"], ours["endReason"], ours["endedAt"]) == ("revoked", "revoked", now)


def test_the_callers_own_session_is_current(alice: Person, clock: HandClock) -> None:
    """And no other."""
    one, other = alice.login().session, alice.login().session

    shown = [
        representation.session_json(each, clock.now().seconds, current=one.id)["current"]
        for each in (one, other)
    ]

    assert shown == [True, False]


def test_a_grant_has_exactly_its_members(alice: Person, refresh: Refresh, clock: HandClock) -> None:
    """The session response, where `expiresAt` is the access token's."""
    first = alice.login()
    clock.advance(60)

    shown = representation.grant_json(refresh(first.refresh_token))

    token, successor = shown.pop("sessionToken"), shown.pop("refreshToken")
    assert token.count(".") == 2
    assert successor.startswith("ref_")
    assert shown == {
        "sessionId": first.session.id,
        "expiresAt": clock.now().seconds + 3600,
        "expiresIn": 3600,
        "tokenType": "Bearer",
        "user": {"id": alice.id, "email": alice.email, "name": None},
        "refreshExpiresAt": first.session.refresh_expires_at,
        "deviceId": first.session.device_id,
        "refreshGeneration": 1,
    }


def test_a_user_and_a_device_have_exactly_their_members(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """No hash, no counter."""
    grant = alice.login(Caller(ip="192.0.2.1", user_agent="curl/8"))
    device = engine.read(lambda view: device_table.find(view, grant.session.device_id))
    now = clock.now().seconds

    assert device is not None
    assert representation.user_json(grant.user) == {
        "id": alice.id,
        "email": "alice@example.com",
        "name": None,
        "status": "active",
        "metadata": {},
        "createdAt": now,
        "updatedAt": now,
        "lastLoginAt": now,
    }
    assert representation.device_json(device, 1) == {
        "id": grant.session.device_id,
        "userId": alice.id,
        "name": "curl",
        "kind": "program",
        "trusted": False,
        "ip": "192.0.2.1",
        "userAgent": "curl/8",
        "firstSeenAt": now,
        "lastSeenAt": now,
        "activeSessions": 1,
    }


def test_a_validation_is_shown_with_its_session_or_its_reason(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """Valid with session, user and what is left; else with why not."""
    grant = alice.login()
    valid = validation.validate(engine, grant.access_token)

    shown = representation.validation_json(valid)
    refused = representation.validation_json(Validation(Reason.SESSION_REVOKED, EndReason.LOGOUT))

    assert set(shown) == {"valid", "session", "user", "expiresIn"}
    assert (shown["valid"], shown["expiresIn"]) == (True, 3600)
    assert shown["user"]["id"] == alice.id
    assert refused == {"valid": False, "reason": "session_revoked", "endReason": "logout"}


@pytest.mark.parametrize("show", [repr, str])
def test_no_value_shows_a_secret(alice: Person, show: Callable[[object], str]) -> None:
    """What is logged by accident cannot be presented, nor guessed at."""
    grant = alice.login()

    text = show(grant) + show(grant.session) + show(grant.user)

    assert grant.access_token not in text
    assert grant.refresh_token not in text
    assert "salt" not in text
    assert "sealed" not in text
