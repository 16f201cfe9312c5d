"""JSON as RFC 8259 would have it, read with none of Python's generosity.

Doubled names, NaN and Infinity, lone surrogates, a byte-order mark, deep nesting and endless
numbers are all refused: each of them is read differently by some other program (RFC 8259 4, 6, 8).
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

#: Nesting levels, the outermost being the first.
MAX_DEPTH = 20
_MAX_DIGITS = 400


def loads(raw: bytes) -> Any:
    """Return the value that *raw* holds.

    Raises:
        ValueError: It is not strict JSON; the message says what is wrong, and repeats a name at
            most.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    _check_depth(text)
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.lower()} at character {error.pos}") from None
    if "\\u" in text:
        _check_surrogates(value)
    return value


def _check_depth(text: str) -> None:
    """Count brackets outside strings; cheap where there are few, and before any recursion."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"member {name!a} is there twice")
            seen.add(name)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:  # Python's own refusal speaks of Python
        raise ValueError("a number is too long")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a string holds half of a surrogate pair") from None


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_float=_finite,
    parse_int=_whole,
)
