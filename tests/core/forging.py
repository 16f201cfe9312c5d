"""Tokens as an attacker would make them, and what is said to them."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from protekt_cli.core.access_token import Place, Refused, UnsealedKey, verify
from protekt_cli.errors import Reason

Json = dict[str, Any]

HERE = Place("https://issuer.example", "protekt")
ES256 = UnsealedKey("key_of_es256", "ES256", ec.generate_private_key(ec.SECP256R1()))
HS256 = UnsealedKey("key_of_hs256", "HS256", b"a shared secret of 32 characters")
KEYS = {key.kid: key for key in (ES256, HS256)}
BOTH = pytest.mark.parametrize("key", [ES256, HS256], ids=lambda key: key.algorithm)

HEADER: Json = {"alg": "ES256", "kid": ES256.kid, "typ": "at+jwt"}
PAYLOAD: Json = {
    "iss": HERE.issuer,
    "aud": HERE.audience,
    "sub": "user_01m89p8efxfe092m3agfy15kf6",
    "sid": "sess_01m89p8egtessvrhqxpp055nhn",
    "jti": "0.random",
    "iat": 1000,
    "nbf": 1000,
    "exp": 2000,
}


def reason_of(token: str) -> Reason | None:
    """Return why a token is refused, or None where it is not."""
    try:
        verify(token, KEYS.get, HERE)
    except Refused as refused:
        return refused.reason
    return None


def sign(key: UnsealedKey, header: Json, payload: Json) -> str:
    """Return a token of just this header and payload, signed by *key* whatever they say."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{encoded(signature_of(key, signed))}"


def signed_as(header: Json, digest: str) -> str:
    """Return a token signed by the shared secret under another hash."""
    signed = f"{segment(header)}.{segment(PAYLOAD)}"
    assert isinstance(HS256.secret, bytes)
    return f"{signed}.{encoded(hmac.digest(HS256.secret, signed.encode(), digest))}"


def signature_of(key: UnsealedKey, signed: str) -> bytes:
    if isinstance(key.secret, bytes):
        return hmac.digest(key.secret, signed.encode(), hashlib.sha256)
    assert isinstance(key.secret, ec.EllipticCurvePrivateKey)
    return ECAlgorithm(ECAlgorithm.SHA256).sign(signed.encode(), key.secret)


def segment(value: Json) -> str:
    return encoded(json.dumps(value))


def encoded(raw: str | bytes) -> str:
    raw = raw.encode() if isinstance(raw, str) else raw
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> Json:
    value: Json = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value


def opened(token: str) -> tuple[Json, Json]:
    """Return the header and the claims of a token, read by nothing of ours."""
    header, payload, _ = token.split(".")
    return decoded(header), decoded(payload)


def twin_of(text: str) -> str:
    """Return the other spelling of a segment: the same bytes to a lenient decoder."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    padding = "=" * (-len(text) % 4)
    assert urlsafe_b64decode(twin + padding) == urlsafe_b64decode(text + padding)
    return twin


def public_bytes(encoding: str) -> bytes:
    assert isinstance(ES256.secret, ec.EllipticCurvePrivateKey)
    public = ES256.secret.public_key()
    if encoding == "pem":
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if encoding == "der":
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if encoding == "point":
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return str(ECAlgorithm.to_jwk(public, as_dict=True)["x"]).encode()
