"""Certificates that sign themselves, for a server on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

_NAMES = x509.SubjectAlternativeName(
    [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
)


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and its key, both PEM."""

    cert: Path
    key: Path

    def environ(self) -> dict[str, str]:
        """Return what a server is told them by."""
        return {
            "PROTEKT_SERVER_TLS_CERT": str(self.cert),
            "PROTEKT_SERVER_TLS_KEY": str(self.key),
        }


def make(
    folder: Path,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    *,
    name: str = "server",
    digest: SHA256 | None = SHA256(),  # noqa: B008
    password: bytes | None = None,
) -> Files:
    """Write a certificate for 127.0.0.1 that is good for long, and its key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(_NAMES, critical=False)
        .sign(key, digest)
    )
    sealing: KeySerializationEncryption = NoEncryption()
    if password is not None:
        sealing = BestAvailableEncryption(password)
    files = Files(folder / f"{name}.crt", folder / f"{name}.key")
    files.cert.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing))
    return files
