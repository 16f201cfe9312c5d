"""The signing keys: one active, one next and already published, the retired and the revoked.

Verifiers that cache the JWKS must know a key before it signs; that is what the next one is for.
Every key is sealed by the master key; what was opened once is kept in memory.
"""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm

from protekt_cli.clock import Instant
from protekt_cli.core import ids
from protekt_cli.core.access_token import UnsealedKey
from protekt_cli.core.vault import Damaged, Vault
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import StoreUnavailable
from protekt_cli.models import KeyStatus, SigningKey
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store.database import Transaction, View

#: Bytes of a shared secret (RFC 7518 3.2: at least as many as the hash has).
_SECRET_BYTES = 32


class KeyRing:
    """Opens signing keys, each once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: dict[bytes, UnsealedKey] = {}

    def open(self, key: SigningKey) -> UnsealedKey:
        """Return the key, able to sign and verify.

        Raises:
            StoreUnavailable: Its sealed value is damaged.
        """
        opened = self._opened.get(key.sealed)
        if opened is None:
            opened = self._opened[key.sealed] = self._open(key)
        return opened

    def seal(self, algorithm: str, status: KeyStatus, now: Instant) -> SigningKey:
        """Return a new key of *algorithm*, sealed."""
        kid = ids.new_id(ids.Prefix.SIGNING_KEY, now.milliseconds)
        plain, public = _generate(algorithm, kid)
        sealed = self._vault.seal(plain, "signing_keys", kid, algorithm)
        return SigningKey(kid, algorithm, status, sealed, public, now.seconds, None)

    def _open(self, key: SigningKey) -> UnsealedKey:
        try:
            plain = self._vault.open(key.sealed, "signing_keys", key.kid, key.algorithm)
        except Damaged:
            raise StoreUnavailable(f"the signing key {key.kid} is damaged") from None
        if key.algorithm == "HS256":
            return UnsealedKey(key.kid, key.algorithm, plain)
        private = load_der_private_key(plain, password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise StoreUnavailable(f"the signing key {key.kid} is no {key.algorithm} key")
        return UnsealedKey(key.kid, key.algorithm, private)


def ensure(engine: Engine, transaction: Transaction) -> None:
    """Make the active and the next key where they are not there yet."""
    present = {key.status for key in key_table.list_all(transaction)}
    for status in (KeyStatus.ACTIVE, KeyStatus.NEXT):
        if status not in present:
            algorithm = engine.settings.tokens.algorithm
            key_table.add(transaction, engine.keys.seal(algorithm, status, transaction.now))


def get_active(engine: Engine, view: View) -> UnsealedKey:
    """Return the key that signs.

    Raises:
        StoreUnavailable: There is none, or it is damaged.
    """
    key = key_table.find_active(view)
    if key is None:
        raise StoreUnavailable("there is no active signing key", hint="run: protekt init")
    return engine.keys.open(key)


def find_verifying(engine: Engine, view: View, kid: str) -> UnsealedKey | None:
    """Return the key named *kid*, or None where it is unknown or revoked."""
    key = key_table.find(view, kid)
    if key is None or key.status is KeyStatus.REVOKED:
        return None
    return engine.keys.open(key)


def jwks(view: View) -> dict[str, Any]:
    """Return the public keys as a JWK set (RFC 7517 5); shared secrets are never in it."""
    keys = [
        dict(key.public)
        for key in key_table.list_all(view)
        if key.public and key.status is not KeyStatus.REVOKED
    ]
    return {"keys": keys}


def _generate(algorithm: str, kid: str) -> tuple[bytes, dict[str, str] | None]:
    if algorithm == "HS256":
        return os.urandom(_SECRET_BYTES), None
    private = ec.generate_private_key(ec.SECP256R1())
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return plain, {**public, "kid": kid, "alg": algorithm, "use": "sig"}
