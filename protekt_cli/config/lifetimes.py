"""The sections that say how long tokens and sessions live, and what a session is bound to.

Fields only: each is a key, with its default and all that is known of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from protekt_cli.config.keys import Kind, about
from protekt_cli.durations import DAY, HOUR, MINUTE

_WATCH = ("off", "log", "enforce")
_INT32 = 2**31 - 1


@dataclass(frozen=True, eq=False, repr=False)
class Tokens:
    """What access and refresh tokens say, and how long they live."""

    algorithm: str = field(
        default="ES256",
        metadata=about(
            Kind.TEXT,
            "the algorithm of new signing keys",
            choices=("ES256", "HS256", "EdDSA", "RS256"),
        ),
    )
    issuer: str = field(
        default="",
        metadata=about(Kind.TEXT, "the issuer named in access tokens; empty is the public URL"),
    )
    audience: str = field(
        default="protekt",
        metadata=about(
            Kind.TEXT,
            "the audience named in access tokens",
            pattern=".*[^ ].*",
            form="some text",
        ),
    )
    access_ttl: int = field(
        default=HOUR,
        metadata=about(
            Kind.DURATION,
            "how long an access token lives",
            minimum=1,
            recommended=(15 * MINUTE, HOUR),
        ),
    )
    refresh_ttl: int = field(
        default=7 * DAY,
        metadata=about(
            Kind.DURATION,
            "how long a refresh token lives, counted from the login",
            minimum=1,
            recommended=(7 * DAY, 30 * DAY),
        ),
    )
    leeway: int = field(
        default=0,
        metadata=about(
            Kind.DURATION, "how far the clock of a token's issuer may be off", minimum=0
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Sessions:
    """How long a session lives, and what ends it early."""

    idle_timeout: int = field(
        default=24 * HOUR,
        metadata=about(
            Kind.DURATION,
            "how long a session lives without being used",
            minimum=1,
            recommended=(DAY, 7 * DAY),
        ),
    )
    absolute_timeout: int = field(
        default=30 * DAY,
        metadata=about(
            Kind.DURATION,
            "how long a session lives at most",
            minimum=1,
            recommended=(7 * DAY, 30 * DAY),
        ),
    )
    sliding_expiration: bool = field(
        default=False,
        metadata=about(Kind.BOOLEAN, "whether a refresh moves the refresh deadline of any session"),
    )
    rotate_refresh_tokens: bool = field(
        default=True,
        metadata=about(Kind.BOOLEAN, "whether a refresh exchanges the refresh token for a new one"),
    )
    reuse_grace: int = field(
        default=10,
        metadata=about(
            Kind.DURATION,
            "how long after a rotation the parent still yields the same successor",
            minimum=0,
        ),
    )
    lost_answer_window: int = field(
        default=HOUR,
        metadata=about(
            Kind.DURATION,
            "how long a client that lost the answer to a refresh can ask again; 0s is never",
            minimum=0,
        ),
    )
    max_per_user: int = field(
        default=0,
        metadata=about(
            Kind.INTEGER,
            "how many sessions a user can have at once; 0 is any number",
            minimum=0,
            maximum=_INT32,
        ),
    )
    activity_resolution: int = field(
        default=MINUTE,
        metadata=about(
            Kind.DURATION, "how exactly use is recorded; 0s is to the second", minimum=0
        ),
    )
    device_binding: str = field(
        default="off",
        metadata=about(
            Kind.TEXT,
            "what happens when a session is used from another device",
            choices=_WATCH,
        ),
    )
    ip_matching: str = field(
        default="off",
        metadata=about(
            Kind.TEXT,
            "what happens when a session is used from another network",
            choices=_WATCH,
        ),
    )
    retention: int = field(
        default=90 * DAY,
        metadata=about(Kind.DURATION, "how long ended sessions are kept", minimum=1),
    )
