"""Access tokens: JWTs of RFC 9068, issued and verified; their times are judged in `policy`.

The key that `kid` names fixes the algorithm; the token's own `alg` decides nothing (RFC 8725
3.1). Only signature, type, issuer and audience are looked at here: whether the session lives is
for the store to say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from protekt_cli.core import base64url, ids, jws, strict_json
from protekt_cli.errors import InvalidRequest, Reason
from protekt_cli.models import Session

TYPE = "at+jwt"
#: Characters of JSON that an administrator's extra claims may take.
MAX_CLAIMS = 4096

_OWN_CLAIMS = frozenset(
    [
        "iss",
        "aud",
        "sub",
        "sid",
        "jti",
        "iat",
        "nbf",
        "exp",
        "auth_time",
        "amr",
        "client_id",
    ]  # RFC 9068 2.2
)
_JWS = jwt.PyJWS()
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

#: A private key, or the bytes of a shared one.
Secret = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey | bytes


@dataclass(frozen=True, slots=True)
class UnsealedKey:
    """A signing key that can sign and verify."""

    kid: str
    algorithm: str
    secret: Secret

    def __repr__(self) -> str:
        return f"UnsealedKey({self.kid}, {self.algorithm})"


@dataclass(frozen=True, slots=True)
class Claims:
    """The verified claims that anything is decided by."""

    kid: str
    session_id: str
    user_id: str
    generation: int
    issued_at: int
    not_before: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Place:
    """For whom tokens are: the issuer and audience of this installation."""

    issuer: str
    audience: str


class Refused(Exception):
    """The token is refused for `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def check_extra_claims(claims: Mapping[str, Any]) -> None:
    """Refuse extra claims that would stand for one of the token's own, or that are too long.

    Raises:
        InvalidRequest: One is reserved, or together they are longer than `MAX_CLAIMS`.
    """
    for name in claims:
        if name in _OWN_CLAIMS:
            raise InvalidRequest(f"claim {name!r} is set by Protekt itself")
    try:
        # As they are signed: beside the token's own claims, and read as strictly as by `verify`.
        signed = _encode(dict(claims))
        strict_json.loads(signed.encode())
    except ValueError as error:
        raise InvalidRequest(f"the extra claims cannot be signed: {error}") from None
    if len(signed) > MAX_CLAIMS:
        raise InvalidRequest(f"the extra claims are longer than {MAX_CLAIMS} characters of JSON")


def issue(key: UnsealedKey, place: Place, session: Session, now: int, expires: int) -> str:
    """Return an access token for *session*, signed at `now`, good until `expires`."""
    claims = {
        **session.claims,
        "iss": place.issuer,
        "aud": place.audience,
        "sub": session.user_id,
        "sid": session.id,
        "jti": f"{session.generation}.{base64url.encode(os.urandom(12))}",
        "iat": now,
        "nbf": now,
        "exp": expires,
        "auth_time": session.created_at,
        "amr": list(session.amr),
        "client_id": session.client_id,
    }
    signed = f"{_header(key.algorithm, key.kid)}.{base64url.encode(_encode(claims).encode())}"
    signature = _JWS.get_algorithm_by_name(key.algorithm).sign(signed.encode(), key.secret)
    return f"{signed}.{base64url.encode(signature)}"


@lru_cache(maxsize=16)
def _header(algorithm: str, kid: str) -> str:
    return base64url.encode(_encode({"alg": algorithm, "kid": kid, "typ": TYPE}).encode())


def verify(token: str, find_key: Callable[[str], UnsealedKey | None], place: Place) -> Claims:
    """Return the claims of a token that one of our keys signed, for this place.

    Raises:
        Refused: With the first reason that holds, in the order of `Reason`.
    """
    try:
        parsed = jws.parse(token)
    except ValueError:
        raise Refused(Reason.MALFORMED) from None
    kid = parsed.header.get("kid")
    key = find_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise Refused(Reason.UNKNOWN_KEY)
    try:
        _JWS.decode(token, _verifying(key), algorithms=[key.algorithm])
    except jwt.InvalidTokenError:
        raise Refused(Reason.BAD_SIGNATURE) from None
    _check_place(parsed, place)
    return _claims(key.kid, parsed.payload)


def _verifying(key: UnsealedKey) -> Any:
    return key.secret if isinstance(key.secret, bytes) else key.secret.public_key()


def _check_place(token: jws.Jws, place: Place) -> None:
    if token.header.get("typ") != TYPE:
        raise Refused(Reason.WRONG_TYPE)
    if token.payload.get("iss") != place.issuer:
        raise Refused(Reason.WRONG_ISSUER)
    if token.payload.get("aud") != place.audience:
        raise Refused(Reason.WRONG_AUDIENCE)


def _claims(kid: str, payload: Mapping[str, Any]) -> Claims:
    """Read the claims of a token that is ours; a key of ours signs nothing else."""
    try:
        return Claims(
            kid=kid,
            session_id=_text(payload["sid"], ids.Prefix.SESSION),
            user_id=_text(payload["sub"], ids.Prefix.USER),
            generation=int(str(payload["jti"]).partition(".")[0]),
            issued_at=_seconds(payload["iat"]),
            not_before=_seconds(payload["nbf"]),
            expires_at=_seconds(payload["exp"]),
        )
    except (KeyError, ValueError):
        raise Refused(Reason.MALFORMED) from None


def _text(value: object, prefix: ids.Prefix) -> str:
    if not isinstance(value, str) or not ids.is_id(prefix, value):
        raise ValueError("not an id")
    return value


def _seconds(value: object) -> int:
    if type(value) is not int:
        raise ValueError("not a whole number of seconds")
    return value
