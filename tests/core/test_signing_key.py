"""Signing keys of each algorithm: what is published of them verifies what they sign."""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from protekt_cli.core import signing_key
from protekt_cli.core.access_token import UnsealedKey, issue, verify
from protekt_cli.models import Session
from tests.core.forging import HERE

MakeSession = Callable[..., Session]

EACH = pytest.mark.parametrize("algorithm", signing_key.ALGORITHMS)
PUBLIC = pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
#: Members of a JWK that are nobody else's business (RFC 7518 6.2.2, 6.3.2, 6.4; RFC 8037 2).
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
#: Keys of each algorithm that a property is tried with; each makes numbers of its own.
MANY = 20


def key_of(algorithm: str, plain: bytes) -> UnsealedKey:
    return UnsealedKey("key_1", algorithm, signing_key.load(algorithm, plain))


@EACH
def test_a_stored_key_verifies_what_it_signed(make_session: MakeSession, algorithm: str) -> None:
    """A token comes back as it went in, from the same bytes loaded twice."""
    plain = signing_key.generate(algorithm)
    signing, verifying = key_of(algorithm, plain), key_of(algorithm, plain)

    token = issue(signing, HERE, make_session(), 1000, 1060)

    assert verify(token, {"key_1": verifying}.get, HERE).expires_at == 1060


@PUBLIC
def test_pyjwt_verifies_by_the_public_jwk_alone(make_session: MakeSession, algorithm: str) -> None:
    """Whatever the numbers of a key are, its JWK goes through JSON and verifies its tokens."""
    verified = set()
    for _ in range(MANY if algorithm != "RS256" else 3):
        plain = signing_key.generate(algorithm)
        token = issue(key_of(algorithm, plain), HERE, make_session(), 1000, 1060)

        public = jwt.PyJWK(signing_key.public_jwk(algorithm, plain, "key_1") or {})
        claims = jwt.decode(
            token,
            public,
            algorithms=[algorithm],
            audience=HERE.audience,
            issuer=HERE.issuer,
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        verified.add((public.key_id, claims["sid"]))

    assert verified == {("key_1", make_session().id)}


@PUBLIC
def test_a_public_jwk_says_what_it_is_for_and_holds_nothing_secret(algorithm: str) -> None:
    """RFC 7517 4: `kid`, `alg` and `use`, no `key_ops` beside it, and only the public numbers."""
    public = signing_key.public_jwk(algorithm, signing_key.generate(algorithm), "key_1") or {}

    assert {name: public[name] for name in ("kid", "alg", "use")} == {
        "kid": "key_1",
        "alg": algorithm,
        "use": "sig",
    }
    assert public.keys() & (PRIVATE_MEMBERS | {"key_ops"}) == set()


def test_nothing_is_published_of_a_shared_secret() -> None:
    """Whoever had it could sign."""
    assert signing_key.public_jwk("HS256", signing_key.generate("HS256"), "key_1") is None


def test_an_rsa_key_is_as_long_as_the_algorithm_demands() -> None:
    """RFC 7518 3.3: 2048 bits or more."""
    key = signing_key.load("RS256", signing_key.generate("RS256"))

    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size >= 2048


@pytest.mark.parametrize(("stored", "named"), [("ES256", "EdDSA"), ("EdDSA", "RS256")])
def test_a_key_of_another_algorithm_does_not_load(stored: str, named: str) -> None:
    """The row's algorithm and its key belong together."""
    plain = signing_key.generate(stored)

    with pytest.raises(ValueError, match=named):
        signing_key.load(named, plain)
