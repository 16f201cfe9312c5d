"""A good token spelt otherwise, and well-signed ones of loose JSON or impossible claims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.core.forging import Json, twin_of
from tests.core.signing import signed
from tests.faults.target import Forgery, Target

_YEARS_AHEAD = 4_000_000_000
#: What JSON has no words for, and what Python reads all the same.
_NO_JSON = ("NaN", "Infinity", "-Infinity", "1e400", "0x7fffffff", "01", "+1", ".5", "1.", "1_0")
_NO_TIMES: tuple[Any, ...] = (
    *(str(_YEARS_AHEAD), "", 4e9, 4_000_000_000.5, True, None, [_YEARS_AHEAD], {"exp": 1}),
)


def forged_spellings(target: Target) -> Iterator[Forgery]:
    """Forge the spelling of a good token, its JSON and its claims."""
    for name, made in _spelt_otherwise(target.token).items():
        if made != target.token:
            yield Forgery(name, made, "malformed")
    for name, text in _loose(target.header, "typ").items():
        made = signed(target.keys.active, text, target.claims)
        yield Forgery(f"a header with {name}", made, "malformed")
    for name, text in _loose(target.claims, "exp").items():
        made = signed(target.keys.active, target.header, text)
        yield Forgery(f"claims with {name}", made, "malformed")
    for name, claims, reason in _impossible(target.claims):
        made = signed(target.keys.active, target.header, claims)
        yield Forgery(f"claims: {name}", made, reason)


def _spelt_otherwise(token: str) -> dict[str, str]:
    """Write the same bytes, to a lenient reader, in other ways."""
    head, payload, signature = token.split(".")
    made = {
        "padding": f"{token}=",
        "two of padding": f"{token}==",
        "padding within": f"{head}=.{payload}=.{signature}=",
        "the other alphabet": token.replace("-", "+").replace("_", "/"),
        "no dots": token.replace(".", ""),
        "other dots": token.replace(".", "\uff0e"),
        "escaped dots": token.replace(".", "%2E"),
        "escaped letter": token.replace("e", "%65", 1),
        "wide letters": token.replace("e", "\uff45", 1),
        "a letter that looks so": token.replace("e", "\u0435", 1),
        "an accent on it": f"{token}\u0301",
        "quotes": f'"{token}"',
        "single quotes": f"'{token}'",
        "a scheme before it": f"Bearer {token}",
        "twice": f"{token}{token}",
        "twice, with a comma": f"{token},{token}",
        "twice, with a blank": f"{token} {token}",
        "a fourth segment": f"{token}.{signature}",
        "an empty fourth segment": f"{token}.",
        "an empty first segment": f".{token}",
        "two segments": f"{head}.{payload}",
        "one segment": head,
        "only dots": "..",
        "a comment": f"{token}#x",
        "a parameter": f"{token};x=1",
    }
    for name, sign in {"blank": " ", "line feed": "\n", "CRLF": "\r\n", "tab": "\t"}.items():
        made[f"a {name} after it"] = token + sign
        made[f"a {name} before it"] = sign + token
        made[f"a {name} within"] = f"{head}.{payload[:8]}{sign}{payload[8:]}.{signature}"
    for code in (0x00, 0x1F, 0x7F, 0x85, 0xA0, 0xFF, 0x200B, 0xFEFF, 0x2028, 0xE0001):
        made[f"U+{code:04X} after it"] = token + chr(code)
        made[f"U+{code:04X} before it"] = chr(code) + token
    for sign in "!+/=*~":
        made[f"{sign} in the signature"] = f"{head}.{payload}.{signature[:8]}{sign}{signature[8:]}"
    for index, segment in enumerate((head, payload, signature)):
        if len(segment) % 4:
            segments = [head, payload, signature]
            segments[index] = twin_of(segment)
            made[f"unused bits of segment {index}"] = ".".join(segments)
    return made


def _loose(members: Json, name: str) -> dict[str, str | bytes]:
    """Write an object as strict JSON has it not; *name* is a member of it."""
    text = json.dumps(members)
    inside, value = text[1:-1], json.dumps(members[name])
    escaped = f"\\u{ord(name[0]):04x}{name[1:]}"
    loose: dict[str, str | bytes] = {
        "a member twice": f'{{{inside},"{name}":{value}}}',
        "a member twice, another first": f'{{"{name}":"other",{inside}}}',
        "a member twice, another last": f'{{{inside},"{name}":"other"}}',
        "a member twice, one escaped": f'{{{inside},"{escaped}":{value}}}',
        "a member twice, deeper": f'{{{inside},"x":{{"a":1,"a":2}}}}',
        "a byte-order mark": f"\ufeff{text}",
        "a comment": f"/* */{text}",
        "a comma at the end": f"{{{inside},}}",
        "single quotes": text.replace('"', "'"),
        "a word after it": f"{text} x",
        "another object after it": text + text,
        "a NUL after it": f"{text}\0",
        "a NUL in a name": f'{{{inside},"\0":1}}',
        "a line feed in a string": f'{{{inside},"x":"\n"}}',
        "half a surrogate": f'{{{inside},"x":"\\ud800"}}',
        "half a surrogate in a name": f'{{{inside},"\\udfff":1}}',
        "no UTF-8": b'{"x":"\xff",' + inside.encode() + b"}",
        "an overlong NUL": b'{"x":"\xc0\x80",' + inside.encode() + b"}",
        "a surrogate in UTF-8": b'{"x":"\xed\xa0\x80",' + inside.encode() + b"}",
        "UTF-16": text.encode("utf-16"),
        "UTF-32": text.encode("utf-32-be"),
        "Latin-1": f'{{{inside},"x":"\xe9"}}'.encode("latin-1"),
        "deep nesting": f'{{{inside},"x":{"[" * 25}{"]" * 25}}}',
        "endless nesting": f'{{{inside},"x":{"[" * 2_000}{"]" * 2_000}}}',
        "nesting that never ends": f'{{{inside},"x":{"[" * 3_000}',
        "a number of 500 digits": f'{{{inside},"x":{"9" * 500}}}',
        "an object in a list": f"[{text}]",
        "an object as a string": json.dumps(text),
        "null": "null",
        "a number": "1",
        "nothing": "" if name == "exp" else " ",
    }
    return loose | {f"the number {odd}": f'{{{inside},"x":{odd}}}' for odd in _NO_JSON}


def _impossible(claims: Json) -> Iterator[tuple[str, Json, str | None]]:
    """Claim what the holder of a shared secret could sign, and Protekt never would."""
    for name in ("exp", "nbf", "iat"):
        for odd in _NO_TIMES:
            yield f"{name} {odd!r}", claims | {name: odd}, "malformed"
    for name in ("exp", "nbf", "iat", "sid", "sub", "jti"):
        yield f"no {name}", _without(claims, name), "malformed"
    for name, reason in {"iss": "wrong_issuer", "aud": "wrong_audience"}.items():
        said = claims[name]
        yield f"no {name}", _without(claims, name), reason
        for odd in (None, "", [said], [said, "x"], said.upper(), said + " ", said + "/", {said: 1}):
            yield f"{name} {odd!r}", claims | {name: odd}, reason
    for name in ("sid", "sub"):
        said = claims[name]
        for odd in (None, 1, [said], {"$ne": ""}, said.upper(), said[:20], said + "\0", "", "*"):
            yield f"{name} {odd!r}", claims | {name: odd}, "malformed"
        nobody = said.partition("_")[0] + "_" + "0" * 26
        yield f"{name} of nobody", claims | {name: nobody}, "unknown_session"
    for odd in (None, "", "x", "x.y", ".1", "1e3.x", "0x0.x", [], {}):
        yield f"jti {odd!r}", claims | {"jti": odd}, "malformed"
    for ahead in ("nbf", "iat"):
        yield f"{ahead} to come", claims | {ahead: _YEARS_AHEAD}, "not_yet_valid"
    for past in (0, -1, -(10**300), claims["iat"]):
        yield f"exp {past!s:.20}", claims | {"exp": past}, "token_expired"
    for odd in (10**18, 10**30, 10**300):
        yield f"exp {odd!s:.20}", claims | {"exp": odd}, None
    for odd in ("9" * 300 + ".x", "-1.x", "\u0663.x", " 0.x", "0_0.x", f"{2**63}.x", "0"):
        yield f"jti {odd[:20]!r}", claims | {"jti": odd}, None
    for name in ("__proto__", "x" * 5_000, "\U0001f511", "<script>", "Exp", "act"):
        yield f"member {name[:20]!r}", claims | {name: {"admin": True}}, None


def _without(claims: Json, name: str) -> Json:
    return {member: value for member, value in claims.items() if member != name}
