"""A stolen database: its bytes, and those of its log, hold no credential that works."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from protekt_cli.engine import authentication, revocation, users, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, RefreshReused
from protekt_cli.models import Caller, Grant, User
from protekt_cli.store import signing_keys
from protekt_cli.store.database import View

if TYPE_CHECKING:
    from tests.conftest import AddUser, Install

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]

PASSWORDS = ("wonderland is real", "a stone of flint")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def live(engine: Engine, add_user: AddUser, refresh: Refresh) -> list[Grant]:
    """Two users log in, fail to, refresh, are robbed, and log in again."""
    grants = []
    for email, password in zip(("a@example.com", "b@example.com"), PASSWORDS, strict=True):
        person = add_user(engine, email, password)
        with pytest.raises(InvalidCredentials):
            person.login(password="hunter2 is wrong")
        with pytest.raises(InvalidCredentials):
            authentication.login(engine, "nobody@example.com", "hunter2 is wrong", Caller())
        grants.append(person.login(Caller(ip="192.0.2.1", user_agent="curl/8")))
        for _ in range(20):
            validation.validate(engine, grants[-1].access_token)
            grants.append(refresh(grants[-1].refresh_token, engine=engine))
        with pytest.raises(RefreshReused):
            refresh(grants[-5].refresh_token, engine=engine)
        grants.append(person.login())
    return grants


def spellings(secret: bytes) -> Iterator[bytes]:
    """Yield the forms in which somebody might have written down a secret."""
    yield secret
    yield secret.hex().encode()
    yield b64encode(secret).rstrip(b"=")
    yield urlsafe_b64encode(secret).rstrip(b"=")


def master_secrets(engine: Engine, folder: Path) -> Iterator[bytes]:
    """Yield the master key, what is derived from it, and what it seals."""
    yield bytes.fromhex((folder / "protekt.key").read_text())
    yield engine.read(engine.vault_at).refresh_key
    for secret in engine.read(lambda view: secrets_of(engine, view)):
        if isinstance(secret, bytes):
            yield secret
        else:
            yield from numbers_of(secret)
            yield secret.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def hash_of(engine: Engine, user: User) -> str | None:
    return engine.read(lambda view: users.open_password(engine, view, user))


def secrets_of(engine: Engine, view: View) -> list[Private | bytes]:
    return [engine.keys.open(view, key).secret for key in signing_keys.list_all(view)]


def numbers_of(key: Private) -> Iterator[bytes]:
    """Yield the secret numbers of a private key, each of which is all of it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        yield key.private_numbers().private_value.to_bytes(32, "big")
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        yield key.private_bytes_raw()
    else:
        numbers = key.private_numbers()
        yield numbers.d.to_bytes(256, "big")
        yield numbers.p.to_bytes(128, "big")
        yield numbers.q.to_bytes(128, "big")


@pytest.mark.parametrize("algorithm", ["ES256", "HS256", "EdDSA", "RS256"])
def test_no_byte_of_the_database_is_a_credential(
    install: Install, add_user: AddUser, refresh: Refresh, tmp_path: Path, algorithm: str
) -> None:
    """Neither a password nor its hash, no token nor its seal, no key; yet the e-mail is there."""
    engine = install({"tokens.algorithm": algorithm})
    grants = live(engine, add_user, refresh)
    secrets = [*(text.encode() for text in PASSWORDS), b"hunter2"]
    for grant in grants:
        signature, seal = grant.access_token.split(".")[2], grant.refresh_token[-40:]
        password_hash = hash_of(engine, grant.user)
        secrets += [grant.access_token.encode(), signature.encode(), decoded(signature)]
        secrets += [grant.refresh_token.encode(), seal.encode(), decoded(seal)]
        secrets += [str(password_hash).encode(), str(password_hash).split("$")[-1].encode()]
    for secret in master_secrets(engine, tmp_path):
        secrets += spellings(secret)

    log = (tmp_path / "protekt.db-wal").read_bytes()
    engine.store.close()
    stolen = log + (tmp_path / "protekt.db").read_bytes()

    assert len(log) > 100_000
    assert b"a@example.com" in stolen
    assert [secret for secret in secrets if secret in stolen] == []
    assert all(len(secret) >= 7 for secret in secrets)
