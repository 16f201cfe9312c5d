"""The kinds of signing keys: how each is made, how it is stored, and what is published of it.

ES256 and RS256 (RFC 7518 3.3, 3.4), EdDSA over Ed25519 (RFC 8037), and HS256, whose secret is
shared and so never published. It seals nothing and knows no store.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from protekt_cli.core.access_token import Secret

#: Bytes of a shared secret (RFC 7518 3.2: at least as many as the hash has).
_SECRET_BYTES = 32
#: Bits of an RSA key: the least that RFC 7518 3.3 allows, good until 2030 (NIST SP 800-57), and a
#: sixth of the work of 3,072 for each token; whoever wants more strength has ES256.
_RSA_BITS = 2048
_RSA_EXPONENT = 65_537


@dataclass(frozen=True, slots=True)
class _Kind:
    """One asymmetric algorithm."""

    private: type[Any]
    generate: Callable[[], Any]
    to_jwk: Callable[..., dict[str, Any]]


_KINDS = {
    "ES256": _Kind(
        ec.EllipticCurvePrivateKey,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        ECAlgorithm.to_jwk,
    ),
    "EdDSA": _Kind(
        ed25519.Ed25519PrivateKey, ed25519.Ed25519PrivateKey.generate, OKPAlgorithm.to_jwk
    ),
    "RS256": _Kind(
        rsa.RSAPrivateKey,
        lambda: rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS),
        RSAAlgorithm.to_jwk,
    ),
}
ALGORITHMS = (*_KINDS, "HS256")


def generate(algorithm: str) -> bytes:
    """Return a new key of one of `ALGORITHMS`, as it is stored: the secret, or PKCS #8 in DER."""
    if algorithm == "HS256":
        return os.urandom(_SECRET_BYTES)
    private = _KINDS[algorithm].generate()
    plain: bytes = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return plain


def load(algorithm: str, plain: bytes) -> Secret:
    """Return a stored key, able to sign.

    Raises:
        ValueError: It is no key of this algorithm.
    """
    if algorithm == "HS256":
        return plain
    # What was sealed is what was made here; checking the primes again takes 35 ms.
    private = load_der_private_key(plain, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, _KINDS[algorithm].private):
        raise ValueError(f"not a key for {algorithm}")
    secret: Secret = private
    return secret


def public_jwk(algorithm: str, plain: bytes, kid: str) -> dict[str, str] | None:
    """Return the public half as a JWK (RFC 7517 4), or None for a shared secret."""
    secret = load(algorithm, plain)
    if isinstance(secret, bytes):
        return None
    public = _KINDS[algorithm].to_jwk(secret.public_key(), as_dict=True)
    public.pop("key_ops", None)  # RFC 7517 4.3: not beside `use`
    return {**public, "kid": kid, "alg": algorithm, "use": "sig"}
