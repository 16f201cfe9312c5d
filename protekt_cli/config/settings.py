"""All settings of one run, as plain frozen values, and the list of every key there is.

It holds values that were judged elsewhere; it reads and checks nothing itself. Settings are never
compared or printed, and their classes, which every command makes at its start, are made in half
the time without the methods for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, get_type_hints

from protekt_cli.config.keys import Key, keys_of
from protekt_cli.config.lifetimes import Sessions, Tokens
from protekt_cli.config.protection import Events, Passwords, Risk, Throttle
from protekt_cli.config.serving import LOCAL_URL, Cookies, Database, Server


@dataclass(frozen=True, eq=False, repr=False)
class Settings:
    """Every setting, by section: `settings.tokens.access_ttl`."""

    database: Database = field(default_factory=Database)
    server: Server = field(default_factory=Server)
    tokens: Tokens = field(default_factory=Tokens)
    sessions: Sessions = field(default_factory=Sessions)
    cookies: Cookies = field(default_factory=Cookies)
    passwords: Passwords = field(default_factory=Passwords)
    throttle: Throttle = field(default_factory=Throttle)
    risk: Risk = field(default_factory=Risk)
    events: Events = field(default_factory=Events)

    @property
    def public_url(self) -> str:
        """The URL that clients reach the server by, without a trailing slash."""
        return self.server.public_url.rstrip("/") or LOCAL_URL

    @property
    def issuer(self) -> str:
        """What access tokens name as their issuer."""
        return self.tokens.issuer or self.public_url

    def value(self, name: str) -> Any:
        """Return the value of a key by its dotted name."""
        return attrgetter(name)(self)


@cache
def sections() -> dict[str, Any]:
    """Return the class of each section, by the section's name."""
    return get_type_hints(Settings)


@cache
def reference() -> tuple[Key, ...]:
    """List every key there is, in the order of the sample file."""
    return tuple(key for name, section in sections().items() for key in keys_of(section, name))
