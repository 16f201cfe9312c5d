"""Giving a token back: its session ends as by logging out, and nothing forged ends any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import refresh_token
from protekt_cli.engine import token_revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.revocation import Report
from protekt_cli.errors import EndReason, InvalidToken, Reason
from protekt_cli.models import Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]


def revoke(engine: Engine, token: str) -> Report:
    return engine.submit(lambda transaction: token_revocation.revoke(engine, transaction, token))


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_either_token_ends_its_session(
    engine: Engine, alice: Person, stored: Stored, recorded: Recorded, kind: str
) -> None:
    """As a logout of its user, and no other session."""
    grant, other = alice.login(), alice.login()

    report = revoke(engine, getattr(grant, kind))

    assert report.ids == (grant.session.id,)
    assert stored(grant).end_reason is EndReason.LOGOUT
    assert stored(other).ended_at is None
    [event] = recorded("session:revoke")
    assert (event.actor, event.reason) == (alice.id, "logout")


def test_expired_access_token_ends_its_session(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """Whoever comes back late can still log out."""
    grant = alice.login()
    clock.advance(engine.settings.tokens.access_ttl)

    revoke(engine, grant.access_token)

    assert stored(grant).end_reason is EndReason.LOGOUT


def test_rotated_refresh_token_ends_its_session(
    engine: Engine, alice: Person, refresh: Refresh, stored: Stored
) -> None:
    """An older generation is as good for it, and is no reuse."""
    grant = alice.login()
    refresh(refresh(grant.refresh_token).refresh_token)

    revoke(engine, grant.refresh_token)

    assert stored(grant).end_reason is EndReason.LOGOUT


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_second_time_is_no_error(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock, kind: str
) -> None:
    """What has ended stays as it ended."""
    grant = alice.login()
    revoke(engine, getattr(grant, kind))
    ended = stored(grant)
    clock.advance(60)

    report = revoke(engine, getattr(grant, kind))

    assert report.revoked == 0
    assert stored(grant) == ended


def test_session_past_its_deadline_expires_instead(
    engine: Engine, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """The deadline was first."""
    grant = alice.login()
    clock.advance(engine.settings.sessions.idle_timeout)

    report = revoke(engine, grant.refresh_token)

    assert report.revoked == 0
    assert stored(grant).end_reason is EndReason.IDLE_TIMEOUT


@pytest.mark.parametrize("forged", ["seal", "generation", "session", "signature", "text", ""])
def test_forged_token_ends_nothing(
    engine: Engine, alice: Person, stored: Stored, forged: str
) -> None:
    """Neither another's seal, nor a generation that never was, nor half a signature."""
    grant, other = alice.login(), alice.login()
    vault = engine.read(engine.vault_at)
    salt, id_ = grant.session.salt, grant.session.id
    unknown = "sess_01m89p8egtessvrhqxpp055nhn"
    tokens = {
        "seal": refresh_token.derive(vault.refresh_key, other.session.salt, id_, 0),
        "generation": refresh_token.derive(vault.refresh_key, salt, id_, 1),
        "session": refresh_token.derive(vault.refresh_key, salt, unknown, 0),
        "signature": grant.access_token[:-8] + other.access_token[-8:],
    }

    with pytest.raises(InvalidToken) as refused:
        revoke(engine, tokens.get(forged, forged))

    expected = {"session": Reason.UNKNOWN_SESSION, "signature": Reason.BAD_SIGNATURE}
    assert refused.value.reason is expected.get(forged, Reason.MALFORMED)
    assert [stored(each).ended_at for each in (grant, other)] == [None, None]
