"""How settings have to agree with one another, with this version, and with what is wise.

It judges values that are each possible by themselves, and changes none.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from itertools import combinations

from protekt_cli.config.keys import Key
from protekt_cli.config.problems import clash, impossible, not_in_this_version
from protekt_cli.config.settings import Settings, reference
from protekt_cli.durations import format_duration
from protekt_cli.errors import InvalidConfig

_ORDER: tuple[tuple[str, Callable[[int, int], bool], str, str], ...] = (
    ("tokens.access_ttl", operator.lt, "must be shorter than", "tokens.refresh_ttl"),
    ("tokens.refresh_ttl", operator.le, "must be no longer than", "sessions.absolute_timeout"),
    ("sessions.idle_timeout", operator.le, "must be no longer than", "sessions.absolute_timeout"),
    ("sessions.activity_resolution", operator.lt, "must be shorter than", "sessions.idle_timeout"),
    ("passwords.min_length", operator.le, "must be no more than", "passwords.max_bytes"),
)
# RFC 9106, section 3.1.
_ARGON2_KIB_FOR_EACH_LANE = 8
_COOKIE_NAMES = ("cookies.session_name", "cookies.refresh_name", "cookies.device_name")
_SUITS_HOST_PREFIX = {"cookies.domain": "", "cookies.path": "/", "cookies.secure": True}


class Judge:
    """Settings beside where each came from, for refusals that say both."""

    def __init__(self, settings: Settings, origins: Mapping[str, str]) -> None:
        self._value = settings.value
        self._origins = origins
        self._keys = {key.name: key for key in reference()}

    def check(self) -> None:
        """
        Refuse what cannot work together, then what this version cannot honour.

        Raises:
            InvalidConfig: The first fault found.
        """
        self._check_order()
        self._check_argon2()
        self._check_tls()
        self._check_proxies()
        self._check_cookies()
        self._check_version()

    def warnings(self) -> tuple[str, ...]:
        """Say which values are outside what is recommended."""
        return tuple(
            self._advice(key, key.recommended)
            for key in self._keys.values()
            if key.recommended
            and not key.recommended[0] <= self._value(key.name) <= key.recommended[1]
        )

    def _check_order(self) -> None:
        for left, holds, words, right in _ORDER:
            if not holds(self._value(left), self._value(right)):
                raise self._clash(left, words, right)

    def _check_argon2(self) -> None:
        memory, lanes = "passwords.argon2_memory_kib", "passwords.argon2_parallelism"
        if self._value(memory) < _ARGON2_KIB_FOR_EACH_LANE * self._value(lanes):
            raise self._clash(memory, "must be at least eight times", lanes)

    def _check_tls(self) -> None:
        certificate, key = "server.tls_cert", "server.tls_key"
        if bool(self._value(certificate)) != bool(self._value(key)):
            raise self._clash(certificate, "goes only together with", key)

    def _check_proxies(self) -> None:
        name = "server.trusted_proxies"
        for proxy in self._value(name):
            from ipaddress import ip_network  # only who has proxies pays for it

            try:
                ip_network(proxy, strict=False)
            except ValueError:
                key = self._keys[name]
                value = key.text(self._value(name))
                requirement = f"must be addresses or networks, and {proxy!a} is neither"
                raise impossible(key, value, requirement, self._origins[name]) from None

    def _check_cookies(self) -> None:
        """Hold cookies to what browsers take."""
        self._check_host_prefix()
        for one, other in combinations(_COOKIE_NAMES, 2):
            if self._value(one) == self._value(other):
                raise self._clash(one, "cannot be the name of", other)
        if self._value("cookies.same_site") == "none" and not self._value("cookies.secure"):
            raise self._clash("cookies.same_site", "works in no browser with", "cookies.secure")

    def _check_host_prefix(self) -> None:
        """Hold names to what browsers make of the `__Host-` prefix (RFC 6265bis, 4.1.3.2)."""
        refresh = "cookies.refresh_name"
        if _is_host_prefixed(self._value(refresh)):
            requirement = "must not begin with __Host-, for its path is not /"
            raise impossible(
                self._keys[refresh],
                self._keys[refresh].text(self._value(refresh)),
                requirement,
                self._origins[refresh],
            )
        for name in ("cookies.session_name", "cookies.device_name"):
            if not _is_host_prefixed(self._value(name)):
                continue
            for other, needed in _SUITS_HOST_PREFIX.items():
                if self._value(other) != needed:
                    raise self._clash(name, "cannot work in any browser with", other)

    def _check_version(self) -> None:
        for key in self._keys.values():
            value = self._value(key.name)
            if key.later and value != key.default:
                default = key.text(key.default)
                raise not_in_this_version(key, value, default, self._origins[key.name])
        if "://" in self._value("database.url"):
            url = self._keys["database.url"]
            raise not_in_this_version(url, self._value(url.name), "a path", self._origins[url.name])

    def _clash(self, left: str, words: str, right: str) -> InvalidConfig:
        pair = [(self._keys[name], self._value(name)) for name in (left, right)]
        return clash(pair[0], words, pair[1], self._origins)

    def _advice(self, key: Key, recommended: tuple[int, int]) -> str:
        lowest, highest = map(format_duration, recommended)
        value = key.text(self._value(key.name))
        return (
            f"{key.name} = {value} is outside the recommended {lowest} to {highest}: {key.meaning}"
        )


def _is_host_prefixed(name: str) -> bool:
    return name.lower().startswith("__host-")
