"""A certificate that nobody vouches for, such as an attacker brings along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def self_signed(secret: EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey) -> bytes:
    """Return the certificate of a key, signed by itself, in DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "protekt")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(_BEGIN)
        .not_valid_after(_BEGIN + timedelta(days=36_500))
    )
    hash_ = None if isinstance(secret, Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(secret, hash_).public_bytes(Encoding.DER)
