"""The sections about passwords, guessing, suspicion and the record of what happened.

Fields only: each is a key, with its default and all that is known of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from protekt_cli.config.keys import Kind, about
from protekt_cli.durations import DAY, MINUTE

_SUSPICION = ("off", "log", "revoke")
_INT32 = 2**31 - 1
# RFC 9106, section 3.1.
_ARGON2_MOST = 2**32 - 1
_ARGON2_MOST_LANES = 2**24 - 1


@dataclass(frozen=True, eq=False, repr=False)
class Passwords:
    """What a new password must be, and how it is hashed."""

    min_length: int = field(
        default=8,
        metadata=about(
            Kind.INTEGER,
            "the shortest new password, in characters",
            minimum=1,
            maximum=_INT32,
        ),
    )
    max_bytes: int = field(
        default=1024,
        metadata=about(
            Kind.INTEGER, "the longest password, in bytes of UTF-8", minimum=1, maximum=_INT32
        ),
    )
    blocklist: str = field(
        default="warn",
        metadata=about(
            Kind.TEXT,
            "what happens to a new password that is easily guessed",
            choices=("off", "warn", "reject"),
        ),
    )
    argon2_time_cost: int = field(
        default=2,
        metadata=about(
            Kind.INTEGER,
            "how many passes argon2id makes over its memory",
            minimum=1,
            maximum=_ARGON2_MOST,
        ),
    )
    argon2_memory_kib: int = field(
        default=19456,
        metadata=about(
            Kind.INTEGER,
            "how much memory argon2id fills, in KiB; at least 8 for each lane",
            minimum=8,
            maximum=_ARGON2_MOST,
        ),
    )
    argon2_parallelism: int = field(
        default=1,
        metadata=about(
            Kind.INTEGER,
            "how many lanes argon2id computes",
            minimum=1,
            maximum=_ARGON2_MOST_LANES,
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Throttle:
    """How many failed logins are heard."""

    account_attempts: int = field(
        default=10,
        metadata=about(
            Kind.INTEGER,
            "how many failed logins one e-mail may have from one network in a window",
            minimum=1,
            maximum=_INT32,
        ),
    )
    ip_attempts: int = field(
        default=100,
        metadata=about(
            Kind.INTEGER,
            "how many failed logins one address may have in a window",
            minimum=1,
            maximum=_INT32,
        ),
    )
    window: int = field(
        default=15 * MINUTE,
        metadata=about(
            Kind.DURATION,
            "how long failed logins count, from the first of them",
            minimum=1,
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Risk:
    """What follows suspicious use."""

    new_device: str = field(
        default="log",
        metadata=about(
            Kind.TEXT,
            "what follows a login from a new device",
            choices=_SUSPICION,
            later=True,
        ),
    )
    impossible_travel: str = field(
        default="log",
        metadata=about(
            Kind.TEXT,
            "what follows use from two places too far apart",
            choices=_SUSPICION,
            later=True,
        ),
    )
    max_speed_kmh: int = field(
        default=900,
        metadata=about(
            Kind.INTEGER,
            "the speed beyond which travel is impossible, in km/h",
            minimum=1,
            maximum=_INT32,
            later=True,
        ),
    )
    refresh_burst: str = field(
        default="log",
        metadata=about(
            Kind.TEXT,
            "what follows many refreshes in a short time",
            choices=_SUSPICION,
            later=True,
        ),
    )
    geoip_database: str = field(
        default="",
        metadata=about(Kind.PATH, "a MaxMind file that places addresses", later=True),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Webhook:
    """One of `[[events.webhooks]]`: where events are sent, and which."""

    url: str = field(
        default="",
        metadata=about(
            Kind.TEXT, "where events are posted", pattern=r"https?://\S+", form="an http URL"
        ),
    )
    secret: str = field(
        default="",
        repr=False,
        metadata=about(
            Kind.TEXT,
            "what deliveries are signed with",
            pattern="whsec_.+",
            form="a secret that begins with whsec_",
            secret=True,
        ),
    )
    previous_secret: str = field(
        default="",
        repr=False,
        metadata=about(
            Kind.TEXT, "signs deliveries as well while receivers change over", secret=True
        ),
    )
    types: tuple[str, ...] = field(
        default=("session:*",),
        metadata=about(Kind.LIST, "which types of events are sent; * stands for any ending"),
    )
    allow_private: bool = field(
        default=False,
        metadata=about(Kind.BOOLEAN, "whether private and loopback addresses are delivered to"),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Events:
    """How long events are kept, and where they are sent."""

    retention: int = field(
        default=90 * DAY,
        metadata=about(Kind.DURATION, "how long events are kept", minimum=1),
    )
    expire_warning: int = field(
        default=MINUTE,
        metadata=about(
            Kind.DURATION,
            "how long before a session expires session:expire is written",
            minimum=0,
        ),
    )
    webhooks: tuple[Webhook, ...] = field(
        default=(),
        metadata=about(Kind.TABLES, "where events are delivered to, and which", later=True),
    )
