"""The sentences that refuse a setting: the key, the value, what the key means, what to change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from protekt_cli.config.keys import Key, literal
from protekt_cli.errors import InvalidConfig

FLAG = "flag"
DEFAULT = "default"
ENVIRONMENT = "environment "
FILE = "file "

_SECRET = re.compile("secret|password|token|key", re.IGNORECASE)


def impossible(key: Key, shown: str, requirement: str, origin: str) -> InvalidConfig:
    """Refuse a value that is wrong by itself."""
    return InvalidConfig(
        f"{key.name} = {shown} is not possible: {key.meaning}; {requirement}",
        hint=_remedy(origin),
    )


def not_in_this_version(key: Key, value: object, possible: str, origin: str) -> InvalidConfig:
    """Refuse a value whose feature is not there yet: ignoring it would fail open."""
    return InvalidConfig(
        f"{key.name} = {key.text(value)} is not in this version: {key.meaning}; use {possible}",
        hint=_remedy(origin),
    )


def clash(
    left: tuple[Key, object], words: str, right: tuple[Key, object], origins: Mapping[str, str]
) -> InvalidConfig:
    """Refuse two values that cannot stand together."""
    (one, _), (other, _) = left, right
    return InvalidConfig(
        f"{_described(*left)} {words} {_described(*right)}",
        hint=f"{one.name}: {origins[one.name]}; {other.name}: {origins[other.name]}",
    )


def unknown(name: str, raw: object, known: Iterable[Key], origin: str) -> InvalidConfig:
    """Refuse a name that is no key; a secret that was put there by mistake is not repeated."""
    from difflib import get_close_matches  # only a mistake pays for it

    keys = {key.name: key for key in known}
    close = get_close_matches(name, keys, n=1, cutoff=0.8)
    guess = f"did you mean {close[0]} ({keys[close[0]].meaning})? " if close else ""
    return InvalidConfig(
        f"{name} = {_harmless(name, raw)} is not a key that Protekt knows",
        hint=guess + _remedy(origin),
    )


def _described(key: Key, value: object) -> str:
    return f"{key.name} = {key.text(value)} ({key.meaning})"


def _harmless(name: str, raw: object) -> str:
    may_be_secret = isinstance(raw, str) and _SECRET.search(name.rpartition(".")[2])
    may_hold_one = isinstance(raw, dict | list) and "{" in literal(raw)
    return '"…"' if may_be_secret or may_hold_one else literal(raw)


def _remedy(origin: str) -> str:
    if origin == FLAG:
        return "change the flag"
    if origin.startswith(ENVIRONMENT):
        return f"change {origin.removeprefix(ENVIRONMENT)} in the environment"
    return f"change it in {origin.removeprefix(FILE)}"
