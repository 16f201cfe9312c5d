"""The certificate and the key, judged before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256

from protekt_cli.errors import InvalidConfig
from protekt_cli.server.tls import Tls
from tests.journeys import certificates


def refusal(cert: Path, key: Path) -> str:
    with pytest.raises(InvalidConfig) as refused:
        Tls(cert, key).check()
    assert 2 == refused.value.exit_code
    assert refused.value.hint
    return refused.value.message


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["p256", "p384", "rsa2048", "ed25519"],
)
def test_usual_pair_is_good(tmp_path: Path, key: CertificateIssuerPrivateKeyTypes) -> None:
    """Those that clients in the field take."""
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    files = certificates.make(tmp_path, key, digest=digest)

    tls = Tls(files.cert, files.key)

    assert tls is tls.check()


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (ec.generate_private_key(ec.SECP521R1()), "of a kind that is not served with"),
        (ec.generate_private_key(ec.SECP256K1()), "of a kind that is not served with"),
        (ed448.Ed448PrivateKey.generate(), "of a kind that is not served with"),
        (rsa.generate_private_key(65537, 1024), "key too small"),  # noqa: S505
    ],
    ids=["p521", "k256", "ed448", "rsa1024"],
)
def test_odd_key_is_refused(
    tmp_path: Path, key: CertificateIssuerPrivateKeyTypes, reason: str
) -> None:
    """The library that serves would break down at it, and say nothing that helps."""
    digest = None if isinstance(key, ed448.Ed448PrivateKey) else SHA256()
    files = certificates.make(tmp_path, key, digest=digest)

    assert reason in refusal(files.cert, files.key)


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    """Both files are named."""
    one = certificates.make(tmp_path, name="one")
    other = certificates.make(tmp_path, name="other")

    assert (
        f"server.tls_key: {other.key} is not the key of the certificate in {one.cert}"
        == refusal(one.cert, other.key)
    )


def test_encrypted_key_is_refused(tmp_path: Path) -> None:
    """Nobody is asked for a passphrase."""
    files = certificates.make(tmp_path, password=b"secret")

    assert f"server.tls_key: the key in {files.key} is encrypted" == refusal(files.cert, files.key)


def test_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    """The two swapped, or no PEM at all."""
    files = certificates.make(tmp_path)
    text = tmp_path / "text"
    text.write_text("hello")

    assert "there is no certificate in" in refusal(files.key, files.key)
    assert "there is no private key in" in refusal(files.cert, files.cert)
    assert "there is no certificate in" in refusal(text, files.key)
    assert "there is no private key in" in refusal(files.cert, text)


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """It says which, and why."""
    files = certificates.make(tmp_path)
    missing = tmp_path / "missing.pem"

    assert f"server.tls_cert: {missing} cannot be read: no such file or directory" == refusal(
        missing, files.key
    )
    assert f"server.tls_key: {tmp_path} cannot be read: is a directory" == refusal(
        files.cert, tmp_path
    )
