"""The certificate and the key that https is served with, judged before anything listens."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from protekt_cli.errors import InvalidConfig

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

#: What the TLS library behind takes: it breaks down at others, without a word.
_CURVES = (ec.SECP256R1, ec.SECP384R1)
_KINDS = "RSA of 2048 bits or more, ECDSA on P-256 or P-384, or Ed25519"


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate chain and of its key, both PEM."""

    cert: Path
    key: Path

    def check(self) -> Tls:
        """Refuse what could not be served with.

        Raises:
            InvalidConfig: A file cannot be read or holds something else, or the two do not fit.
        """
        certificate, key = self._read_certificate(), self._read_key()
        if not _is_served(key):
            raise InvalidConfig(
                f"server.tls_key: the key in {self.key} is of a kind that is not served with",
                hint=f"use {_KINDS}",
            )
        if certificate.public_key() != key.public_key():
            raise InvalidConfig(
                f"server.tls_key: {self.key} is not the key of the certificate in {self.cert}",
                hint="the server's own certificate comes first in the file, then the chain",
            )
        self._load()
        return self

    def _read_certificate(self) -> Certificate:
        try:
            return load_pem_x509_certificate(_read("server.tls_cert", self.cert))
        except ValueError:
            raise InvalidConfig(
                f"server.tls_cert: there is no certificate in {self.cert}",
                hint="it has to be PEM: -----BEGIN CERTIFICATE-----",
            ) from None

    def _read_key(self) -> PrivateKeyTypes:
        try:
            return load_pem_private_key(_read("server.tls_key", self.key), password=None)
        except TypeError:  # it asks for a password
            raise InvalidConfig(
                f"server.tls_key: the key in {self.key} is encrypted",
                hint="write it without a passphrase, readable by the server alone: openssl pkey",
            ) from None
        except ValueError:
            raise InvalidConfig(
                f"server.tls_key: there is no private key in {self.key}",
                hint="it has to be PEM: -----BEGIN PRIVATE KEY-----",
            ) from None

    def _load(self) -> None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.cert, self.key)
        except ssl.SSLError as error:
            reason = (error.reason or "unknown").replace("_", " ").lower()
            raise InvalidConfig(
                f"server.tls_cert: {self.cert} cannot be served with: {reason}",
                hint=f"use {_KINDS}",
            ) from None


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise InvalidConfig(
            f"{name}: {path} cannot be read: {reason}",
            hint="it has to be there, and readable by who runs the server",
        ) from None


def _is_served(key: PrivateKeyTypes) -> bool:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return isinstance(key.curve, _CURVES)
    return isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
