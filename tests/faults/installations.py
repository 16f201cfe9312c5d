"""The installations that the state machine drives: the usual settings, and short and odd ones.

It holds what was configured and how that is written in a configuration file; it judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that decide how sessions live, in seconds; the defaults are the product's."""

    name: str
    algorithm: str = "ES256"
    access_ttl: int = 3_600
    refresh_ttl: int = 7 * 86_400
    leeway: int = 0
    idle_timeout: int = 86_400
    absolute_timeout: int = 30 * 86_400
    sliding_expiration: bool = False
    rotate_refresh_tokens: bool = True
    reuse_grace: int = 10
    lost_answer_window: int = 3_600
    max_per_user: int = 0
    activity_resolution: int = 60
    device_binding: str = "off"
    ip_matching: str = "off"
    retention: int = 90 * 86_400
    expire_warning: int = 60


_SECTIONS = {
    "algorithm": "tokens",
    "access_ttl": "tokens",
    "refresh_ttl": "tokens",
    "leeway": "tokens",
    "expire_warning": "events",
}

#: Neither hashing nor guessing is what is tested here.
_CHEAP = {
    "passwords": {"argon2_time_cost": 1, "argon2_memory_kib": 8},
    "throttle": {"account_attempts": 1_000_000, "ip_attempts": 1_000_000},
}


def toml_of(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the sections that differ from the defaults, with what lets the run go on, and fast."""
    defaults = Settings(name=settings.name)
    sections: dict[str, dict[str, Any]] = {name: {**keys} for name, keys in _CHEAP.items()}
    for name in (field.name for field in fields(Settings) if field.name != "name"):
        value = getattr(settings, name)
        if value != getattr(defaults, name):
            sections.setdefault(_SECTIONS.get(name, "sessions"), {})[name] = value
    return sections


INSTALLATIONS = (
    Settings(name="defaults"),
    Settings(
        name="to the second",
        access_ttl=120,
        refresh_ttl=600,
        idle_timeout=300,
        absolute_timeout=3_600,
        sliding_expiration=True,
        reuse_grace=0,
        lost_answer_window=0,
        activity_resolution=0,
    ),
    Settings(
        name="equal deadlines",
        access_ttl=600,
        refresh_ttl=1_800,
        idle_timeout=1_800,
        absolute_timeout=1_800,
        reuse_grace=30,
        lost_answer_window=600,
        activity_resolution=20,
    ),
    Settings(
        name="two a user, no grace",
        access_ttl=900,
        refresh_ttl=7_200,
        leeway=30,
        idle_timeout=7_200,
        absolute_timeout=86_400,
        sliding_expiration=True,
        reuse_grace=0,
        max_per_user=2,
        expire_warning=300,
    ),
    Settings(
        name="bound",
        algorithm="HS256",
        access_ttl=300,
        refresh_ttl=3_600,
        idle_timeout=1_800,
        absolute_timeout=7_200,
        reuse_grace=60,
        device_binding="enforce",
        ip_matching="enforce",
    ),
    Settings(
        name="watched",
        access_ttl=60,
        refresh_ttl=120,
        idle_timeout=600,
        absolute_timeout=900,
        sliding_expiration=True,
        reuse_grace=20,
        max_per_user=3,
        activity_resolution=599,
        device_binding="log",
        ip_matching="log",
    ),
    Settings(
        name="no rotation, sliding",
        access_ttl=300,
        refresh_ttl=1_200,
        idle_timeout=900,
        absolute_timeout=2_400,
        sliding_expiration=True,
        rotate_refresh_tokens=False,
    ),
    Settings(
        name="no rotation, one a user",
        access_ttl=1_000,
        refresh_ttl=1_200,
        idle_timeout=900,
        absolute_timeout=1_200,
        rotate_refresh_tokens=False,
        max_per_user=1,
        device_binding="enforce",
    ),
    Settings(
        name="grace alone, soon pruned",
        access_ttl=600,
        refresh_ttl=3_600,
        idle_timeout=1_200,
        absolute_timeout=3_600,
        reuse_grace=90,
        lost_answer_window=0,
        ip_matching="enforce",
        retention=7_200,
    ),
)
