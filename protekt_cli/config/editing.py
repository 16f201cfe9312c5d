"""One key of a configuration file changed, everything else left as somebody wrote it.

It edits text and writes nothing. Only the commands that change a file import it: the parser that
keeps comments takes longer than most commands run.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import tomlkit

from protekt_cli.config.keys import Key


def with_value(content: bytes, key: Key, raw: object) -> bytes:
    """Return the document with *key* set to *raw*, where it stood or at the end of its section.

    Raises:
        ValueError: It is no TOML, or something else than a section has the section's name.
    """
    document = tomlkit.parse(content.decode())
    section, _, name = key.name.partition(".")
    if section not in document:
        if document.as_string().strip():
            document.add(tomlkit.nl())
        document.add(section, tomlkit.table())
    _table(document, section)[name] = raw
    return document.as_string().encode()


def without(content: bytes, key: Key) -> bytes | None:
    """Return the document without *key*, or None where it was not set.

    Raises:
        ValueError: It is no TOML, or something else than a section has the section's name.
    """
    document = tomlkit.parse(content.decode())
    section, _, name = key.name.partition(".")
    if section not in document or name not in _table(document, section):
        return None
    del _table(document, section)[name]
    return document.as_string().encode()


def _table(document: tomlkit.TOMLDocument, section: str) -> MutableMapping[str, Any]:
    table = document[section]
    if not isinstance(table, MutableMapping):
        raise ValueError(f"{section} is no section")
    return table
