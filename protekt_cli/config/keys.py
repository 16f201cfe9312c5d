"""What is known of one key beside its value: kind, meaning, limits, and whether it works yet.

It describes; it never reads a value or judges one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from protekt_cli.durations import format_duration


class Kind(StrEnum):
    """How a value is written, and what it is turned into."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DURATION = "duration"
    LIST = "list"
    PATH = "path"
    URL = "url"
    DATABASE = "database"
    TABLES = "tables"


@dataclass(frozen=True, eq=False, repr=False)
class Key:
    """One key: everything that help, errors and the sample file say about it."""

    kind: Kind
    #: In a few words that can follow a colon: no capital, no full stop.
    meaning: str
    name: str = ""
    default: object = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    #: Takes the place of `minimum` for a value from the command line.
    flag_minimum: int | None = None
    #: Outside of these a value is allowed, and warned about.
    recommended: tuple[int, int] | None = None
    #: What a text, or each one of a list, has to match as a whole, and that in words.
    pattern: str | None = None
    form: str = ""
    #: This version lacks the feature: nothing but the default is taken.
    later: bool = False
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"PROTEKT_{self.name.replace('.', '_').upper()}"

    def text(self, value: object) -> str:
        """Write a value that was read as it would stand in the file."""
        if self.kind is Kind.DURATION and isinstance(value, int):
            return self.shown(format_duration(value))
        return self.shown(value)

    def shown(self, raw: object) -> str:
        """Write a value as it was given, without what is secret in it."""
        if raw and (self.secret or self.kind is Kind.TABLES):
            return '"…"'
        return literal(raw)


def about(kind: Kind, meaning: str, **limits: Any) -> Mapping[str, Key]:
    """Make the metadata of a field that is a key; name and default are the field's own."""
    return {"key": Key(kind, meaning, **limits)}


def keys_of(section: type, prefix: str) -> tuple[Key, ...]:
    """List the keys that the fields of *section* declare."""
    return tuple(_key(field, prefix) for field in fields(section))


def literal(raw: object) -> str:
    """Write any value on one line, without the credentials that a URL may carry."""
    text = json.dumps(raw, ensure_ascii=False, default=str)
    return re.sub("://.*@", "://…@", text)


def _key(field: Field[Any], prefix: str) -> Key:
    key: Key = field.metadata["key"]
    return replace(key, name=f"{prefix}.{field.name}", default=field.default)
