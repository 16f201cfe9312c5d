"""Text that may be anybody's, made such that it acts on no terminal and in no spreadsheet."""

from __future__ import annotations

import json
import re

#: Everything but ASCII's own printable characters, and the line ends that indenting makes.
_UNUSUAL = re.compile(r"[^\n -~]")
#: What a spreadsheet takes for the beginning of a formula (OWASP "CSV Injection").
_FORMULA = ("=", "+", "-", "@")


def safe_text(text: str) -> str:
    """Return text with every character made visible that could act on a terminal.

    Control, bidirectional and zero-width characters and the like become their Python escapes.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def safe_json(value: object, indent: int | None = None) -> str:
    """Return JSON in which the characters that `safe_text` replaces are escaped."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _UNUSUAL.sub(_escaped, text)


def safe_csv(value: object) -> str:
    """Return a cell of CSV, which no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return json.dumps(value)
    text = safe_text(value) if isinstance(value, str) else safe_json(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character.isprintable():
        return character
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
