"""Looking into a token without verifying anything, as leniently as is clear.

The server accepts one spelling of its own tokens; here other people's are shown as well. What
cannot be read is said, and the token itself is never repeated.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from protekt_cli.cli.harmless import safe_json
from protekt_cli.cli.moments import iso, length, seen_from
from protekt_cli.cli.output import Row
from protekt_cli.errors import InvalidToken, Reason

#: Claims and header members that are times (RFC 7519 4.1, RFC 9068 2.2.1, OpenID Connect Core).
_TIMES = ("exp", "nbf", "iat", "auth_time", "updated_at")
_JWE_SEGMENTS = 5
#: Levels of nesting: more than any token has, and fewer than Python's recursion can show.
_DEEPEST = 100


class Undecodable(InvalidToken):
    """The token cannot be read, and the message says why."""

    def __init__(
        self, why: str, hint: str = "a JWT is HEADER.PAYLOAD.SIGNATURE, whole: is it one?"
    ) -> None:
        super().__init__(Reason.MALFORMED, hint=hint)
        self.message = why


def decode(token: str, now: int) -> dict[str, Any]:
    """Return what a JWT says, and nothing of whether it is true.

    Raises:
        Undecodable: It is none, or is encrypted.
    """
    segments = token.split(".")
    if len(segments) == _JWE_SEGMENTS:
        shown = safe_json(_object(segments[0], "header"))
        raise Undecodable(
            "the token is encrypted (JWE): its claims cannot be read without its key",
            hint=f"its header is {shown}",
        )
    if len(segments) != 3:
        raise _no_jwt(token, len(segments))
    header, payload = _object(segments[0], "header"), _object(segments[1], "payload")
    expiry = _number(payload.get("exp"))
    return {
        "header": header,
        "payload": payload,
        "signature": "present" if segments[2] else "absent",
        "expired": None if expiry is None and "exp" in payload else _has_passed(expiry, now),
        "expiresIn": None if expiry is None else math.floor(expiry) - now,
        "verified": None,
    }


def rows(decoded: Mapping[str, Any], now: int) -> Iterator[Row]:
    """Give what was decoded for people: part, name, value, and what that means."""
    yield "token", "verified", "no", "nothing was checked, not even the signature"
    yield "token", "signature", decoded["signature"], _key_in_words(decoded["header"])
    yield "token", "expired", decoded["expired"], _expiry_in_words(decoded)
    for part in ("header", "payload"):
        for name, value in decoded[part].items():
            yield part, name, value, _time_in_words(name, value, now)


def _no_jwt(token: str, segments: int) -> Undecodable:
    if not token:
        return Undecodable(
            "there is no token to decode", hint="give it as an argument, or - for standard input"
        )
    if token.startswith("ref_"):
        return Undecodable(
            "this is a refresh token: it is opaque, and says nothing",
            hint="what becomes of it: protekt explain - < token.txt",
        )
    if token.startswith("pk_"):
        return Undecodable(
            "this is an API key: it is opaque, and says nothing",
            hint="see what there is of it: protekt apikeys list",
        )
    count = "1 part" if segments == 1 else f"{segments} parts"
    return Undecodable(f"this is no JWT: it has {count} between dots, not three")


def _object(segment: str, name: str) -> dict[str, Any]:
    try:
        # Padding, the alphabet of plain base64 and loose bits are forgiven.
        plain = segment.replace("-", "+").replace("_", "/")
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        value = json.loads(raw, parse_constant=_refuse, parse_float=_finite)
        if _depth(value) > _DEEPEST:
            raise ValueError("nested too deep to be shown")
    except binascii.Error:
        raise Undecodable(f"this is no JWT: its {name} is not base64url") from None
    except (ValueError, RecursionError):
        raise Undecodable(f"this is no JWT: its {name} is not JSON") from None
    if not isinstance(value, dict):
        raise Undecodable(f"this is no JWT: its {name} is not a JSON object")
    return value


def _depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
    return 0


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("too great a number")
    return value


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _has_passed(expiry: float | None, now: int) -> bool:
    return expiry is not None and expiry <= now


def _time_in_words(name: str, value: object, now: int) -> str | None:
    at = _number(value)
    if name not in _TIMES or at is None:
        return None
    return f"{seen_from(at, now)}, {iso(at)}"


def _expiry_in_words(decoded: Mapping[str, Any]) -> str:
    if decoded["expired"] is None:
        return "its exp is no number"
    if decoded["expiresIn"] is None:
        return "it has no exp, and never expires"
    left = decoded["expiresIn"]
    return f"{length(-left)} ago" if decoded["expired"] else f"{length(left)} left"


def _key_in_words(header: Mapping[str, Any]) -> str:
    by = "by the key that kid names" if "kid" in header else "by a key that it does not name"
    return f"{header['alg']}, {by}" if "alg" in header else f"of no known kind, {by}"
