"""Garbled JSON: a body with other types, numbers, names and signs than the one that was wanted."""

from __future__ import annotations

import json
import random
from typing import Any

#: What stands in place of a value.
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**18, 2**63, -(2**63) - 1, 10**300, 1e308, [], {}, [None]),
    *("", " ", "\0", "\u202e", "\ud800", "\U0001f511", "a" * 5_000, "0", "null", "true", "-1"),
    *("sess_", "sess_" + "0" * 26, "user_" + "z" * 26, "dev_" + "7" * 26, "key_" + "1" * 26),
    *("ref_", "ref_" + "A" * 90, "pk_" + "A" * 43, "a@b", "@", "a@b@c", "9" * 30 + "d", "1h"),
    *("127.0.0.1", "::1%lo", "::ffff:1.2.3.4", "256.1.1.1", "127.0.0.1:99999999", "0.0.0.0/0"),
    *({"$ne": None}, {"a": {"b": {"c": []}}}, [[[[]]]], {"": ""}, {"\0": 1}),
)
#: What stands there as no JSON writer has it.
_RAW = ("NaN", "-Infinity", "1e999", "01", "0x1", "'a'", "undefined", "9" * 600, '"\\x"', '"\t"')
_NAMES = ("", "type", "all", "email", "__proto__", "constructor", "sessionToken", "\0", "a" * 500)


def garbled_json(dice: random.Random, body: bytes) -> bytes:
    """Return a body that was JSON, or may still be."""
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):  # a form, or garbled before
        return body + dice.choice((b"&", b"&a", b"&a=%ff", b"&token=x", b"=", b"\0"))
    if not isinstance(value, dict):
        return body
    changed = dict(value)
    for _ in range(dice.randrange(1, 4)):
        name = dice.choice([*changed, *value, dice.choice(_NAMES)])
        chosen = dice.randrange(5)
        if chosen == 0:
            changed.pop(name, None)
        elif chosen == 1 and isinstance(changed.get(name), str):
            changed[name] = _garbled_text(dice, changed[name])
        else:
            changed[name] = dice.choice(_VALUES)
    return _written(dice, changed)


def _garbled_text(dice: random.Random, text: str) -> str:
    at = dice.randrange(len(text) + 1)
    return (
        text[:at] + dice.choice(("", "\0", "\udc80", "\u0301", " ", "%", "é", "A")) + text[at + 1 :]
    )


def _written(dice: random.Random, value: dict[str, Any]) -> bytes:
    """Write an object, mostly as it should be."""
    text = json.dumps(value, ensure_ascii=bool(dice.randrange(2)))
    match dice.randrange(10):
        case 0:
            text = text[:-1] + f',"x":{dice.choice(_RAW)}}}'
        case 1 if value:
            name = dice.choice(list(value))
            text = text[:-1] + f",{json.dumps(name)}:1}}"
        case 2:
            text = dice.choice(
                (f"[{text}]", f"{text}{text}", "\ufeff" + text, text[:-1], text + ",")
            )
        case 3:
            return text.encode(dice.choice(("utf-16", "utf-32", "utf-7")), "surrogatepass")
        case 4:
            text = text[:-1] + ',"x":' + "[" * dice.choice((15, 25, 9_000))
    return text.encode("utf-8", "surrogatepass")
