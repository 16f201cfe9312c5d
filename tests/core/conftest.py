"""A session to bend, and the settings that deadlines are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from protekt_cli.core.policy import Lifetimes
from protekt_cli.models import Caller, Session

MakeSession = Callable[..., Session]

_SESSION = Session(
    id="sess_01m89p8egtessvrhqxpp055nhn",
    user_id="user_01m89p8efxfe092m3agfy15kf6",
    user_email="alice@example.com",
    device_id="dev_01m89p8egtf6krsajn10k33wyx",
    device_name="curl",
    ip=None,
    user_agent=None,
    amr=("pwd",),
    claims={},
    client_id="protekt",
    created_at=1000,
    last_active_at=1000,
    refreshed_at=None,
    idle_expires_at=1100,
    refresh_expires_at=2000,
    absolute_expires_at=3000,
    sliding=False,
    generation=0,
    rotated_at=None,
    rotated_by=Caller(),
    seen=False,
    lost_answers=0,
    salt=bytes(16),
    ended_at=None,
    end_reason=None,
    end_note=None,
)
_LIFETIMES = Lifetimes(
    access=60,
    idle=100,
    refresh=1000,
    absolute=2000,
    activity_resolution=10,
    reuse_grace=10,
    lost_answer_window=0,
    sliding=False,
    rotate=True,
    leeway=0,
)


@pytest.fixture(scope="session")
def make_session() -> MakeSession:
    """Return a session of second 1000: idle until 1100, refresh until 2000, absolute 3000."""
    return lambda **changes: replace(_SESSION, **changes)


@pytest.fixture(scope="session")
def lifetimes() -> Lifetimes:
    """Idle 100 s written to 10 s, refresh 1000 s, absolute 2000 s, grace 10 s."""
    return _LIFETIMES
