"""Tokens signed by a key of any algorithm, with nothing of ours, whatever their header says."""

from __future__ import annotations

import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from protekt_cli.core.access_token import UnsealedKey
from tests.core.forging import Json, encoded

#: Bytes of each half of an ES256 signature.
HALF = 32


def signed(key: UnsealedKey, header: Json | str | bytes, payload: Json | str | bytes) -> str:
    """Return a token of just this header and payload, well signed; text and bytes go as they are.

    None but a holder of the key can make it: what is refused of it is refused for its form.
    """
    message = f"{_segment(header)}.{_segment(payload)}"
    return f"{message}.{encoded(signature(key, message.encode()))}"


def _segment(part: Json | str | bytes) -> str:
    return encoded(json.dumps(part) if isinstance(part, dict) else part)


def signature(key: UnsealedKey, message: bytes) -> bytes:
    """Return the signature of a message, as RFC 7518 and RFC 8037 have it."""
    if isinstance(key.secret, bytes):
        return hmac.digest(key.secret, message, hashlib.sha256)
    if isinstance(key.secret, ec.EllipticCurvePrivateKey):
        return raw(*decode_dss_signature(key.secret.sign(message, ec.ECDSA(hashes.SHA256()))))
    if isinstance(key.secret, rsa.RSAPrivateKey):
        return key.secret.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.secret.sign(message)


def raw(r: int, s: int) -> bytes:
    """Return an ECDSA signature over P-256 in the form of RFC 7518 3.4."""
    return r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")


def halves(signature: bytes) -> tuple[int, int]:
    """Return the two numbers of such a signature."""
    return int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big")
