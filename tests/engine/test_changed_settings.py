"""Settings that were changed between two starts: what they do to sessions that live on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, Reason
from protekt_cli.models import Grant, Session, Validation

if TYPE_CHECKING:
    from tests.conftest import HandClock, Install, Person

Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

HOUR, DAY = 3600, 24 * 3600
SHORT_LIFE = {
    "sessions.absolute_timeout": "2d",
    "sessions.idle_timeout": "1d",
    "tokens.refresh_ttl": "2d",
    "tokens.access_ttl": "1h",
}


def validate(engine: Engine, grant: Grant) -> Validation:
    return validation.validate(engine, grant.access_token)


def test_a_shorter_idle_timeout_holds_from_the_next_use_on(
    install: Install, alice: Person, stored: Stored, clock: HandClock
) -> None:
    """Until then the deadline is the one that was set."""
    grant = alice.login()
    shorter = install({"sessions.idle_timeout": "10m"})
    clock.advance(1200)
    before = stored(grant)

    used = validate(shorter, grant)
    clock.advance(600 + 60)
    over = validate(shorter, grant)

    assert before.idle_expires_at == grant.session.created_at + DAY
    assert used.session is not None
    assert 600 <= used.session.idle_expires_at - used.session.last_active_at <= 660
    assert over == Validation(Reason.SESSION_EXPIRED, EndReason.IDLE_TIMEOUT)


def test_a_longer_idle_timeout_holds_from_the_next_use_on(
    install: Install, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """It revives nothing, but what is used in time lives longer."""
    longer = install({"sessions.idle_timeout": "3d"})
    used, unused = alice.login(), alice.login()
    clock.advance(DAY - 1)
    kept = refresh(used.refresh_token, engine=longer)
    clock.advance(1)
    over = validate(longer, unused)
    clock.advance(3 * DAY - 60)

    assert over == Validation(Reason.TOKEN_EXPIRED)
    assert refresh(kept.refresh_token, engine=longer).session.ended_at is None


def test_a_shorter_refresh_ttl_holds_from_the_next_sliding_refresh_on(
    install: Install, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """Where nothing slides the deadline of the login stays."""
    fixed = install({"tokens.refresh_ttl": "2h"})
    sliding = install({"tokens.refresh_ttl": "2h", "sessions.sliding_expiration": True})
    one, other = alice.login(), alice.login()
    clock.advance(HOUR)

    kept = refresh(one.refresh_token, engine=fixed).session
    moved = refresh(other.refresh_token, engine=sliding).session

    assert kept.refresh_expires_at == one.session.refresh_expires_at
    assert moved.refresh_expires_at == clock.now().seconds + 2 * HOUR


@pytest.mark.parametrize(
    "flags", [SHORT_LIFE, {"sessions.absolute_timeout": "60d"}], ids=["shorter", "longer"]
)
def test_no_setting_moves_the_absolute_deadline(
    install: Install,
    alice: Person,
    refresh: Refresh,
    stored: Stored,
    clock: HandClock,
    flags: dict[str, object],
) -> None:
    """Of a session that lives: neither by a use, nor by a sliding refresh."""
    grant = alice.login()
    engine = install({**flags, "sessions.sliding_expiration": True})
    clock.advance(600)

    validate(engine, grant)
    refresh(grant.refresh_token, engine=engine)

    assert stored(grant).absolute_expires_at == grant.session.created_at + 30 * DAY


def test_a_longer_grace_holds_for_the_rotations_before_it(
    install: Install, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """It is judged when the parent comes back, by the settings of then."""
    patient = install({"sessions.reuse_grace": "60s", "sessions.lost_answer_window": 0})
    first = alice.login()
    second = refresh(first.refresh_token)
    validate(patient, second)
    clock.advance(59)

    again = refresh(first.refresh_token, engine=patient)

    assert again.refresh_token == second.refresh_token
