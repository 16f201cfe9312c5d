"""Signatures of the classes that Project Wycheproof collects, made here for our own tokens.

Its own vectors for JSON web signatures all sign the payload `foo`, which is no JSON object: here
each of them is malformed before any key is asked. So the same classes are made anew.
"""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from protekt_cli.core import signing_key
from protekt_cli.core.access_token import Refused, UnsealedKey, verify
from protekt_cli.errors import Reason
from tests.core.crooked import N, crooked
from tests.core.forging import HEADER, HERE, PAYLOAD, Json, encoded, segment
from tests.core.signing import halves, raw, signature, signed

ALGORITHMS = signing_key.ALGORITHMS


@cache
def key_for(algorithm: str) -> UnsealedKey:
    plain = signing_key.generate(algorithm)
    return UnsealedKey(f"key_for_{algorithm}", algorithm, signing_key.load(algorithm, plain))


def reason_of(token: str, key: UnsealedKey) -> Reason | None:
    """Return why a token is refused where this is the one key, or None where it is not."""
    try:
        verify(token, {key.kid: key}.get, HERE)
    except Refused as refused:
        return refused.reason
    return None


def header_for(key: UnsealedKey) -> Json:
    return {**HEADER, "alg": key.algorithm, "kid": key.kid}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_sound_signature_verifies(algorithm: str) -> None:
    """What a holder of the key signed as the RFCs say is good, whichever program did it."""
    key = key_for(algorithm)

    token = signed(key, header_for(key), PAYLOAD)

    assert reason_of(token, key) is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_crooked_signature_is_bad(algorithm: str) -> None:
    """No number out of range, no other length, encoding, padding, hash or key verifies."""
    key = key_for(algorithm)
    message = f"{segment(header_for(key))}.{segment(PAYLOAD)}"

    told = {
        name: reason_of(f"{message}.{encoded(made)}", key)
        for name, made in crooked(key, message.encode()).items()
    }

    assert {} == {name: told[name] for name in told if told[name] is not Reason.BAD_SIGNATURE}


@pytest.mark.parametrize("nonce", [1, 2, (N - 1) // 2, N - 1], ids=["1", "2", "half", "n-1"])
@pytest.mark.parametrize("s", [1, 2, 2**128, (N - 1) // 2, N // 2 + 1, N - 2, N - 1])
def test_a_signature_at_the_edge_of_its_range_is_good(nonce: int, s: int) -> None:
    """Small and large numbers, zeros in front: the key is chosen so that they are right."""
    message = f"{segment(HEADER)}.{segment(PAYLOAD)}"
    r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % N
    digest = int.from_bytes(hashlib.sha256(message.encode()).digest(), "big")
    secret = (s * nonce - digest) * pow(r, -1, N) % N  # s = (digest + r secret) / nonce
    key = UnsealedKey(HEADER["kid"], "ES256", ec.derive_private_key(secret, ec.SECP256R1()))

    token = f"{message}.{encoded(raw(r, s))}"

    assert reason_of(token, key) is None


def test_the_twin_of_a_signature_is_the_only_other_one() -> None:
    """Of (r, ±s) and (±r, s) only (r, -s) verifies, for that is how ECDSA is made."""
    key = key_for("ES256")
    message = f"{segment(header_for(key))}.{segment(PAYLOAD)}"
    r, s = halves(signature(key, message.encode()))

    told = [
        reason_of(f"{message}.{encoded(raw(*made))}", key)
        for made in ((r, N - s), (N - r, s), (N - r, N - s), (s, r))
    ]

    assert [None, Reason.BAD_SIGNATURE, Reason.BAD_SIGNATURE, Reason.BAD_SIGNATURE] == told


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("claimed", [*ALGORITHMS, "ES384", "PS256", "RS512", "HS384", "none"])
def test_a_sound_signature_under_another_name_is_bad(algorithm: str, claimed: str) -> None:
    """The header's `alg` has to be the key's own."""
    key = key_for(algorithm)

    token = signed(key, {**header_for(key), "alg": claimed}, PAYLOAD)

    assert (None if claimed == algorithm else Reason.BAD_SIGNATURE) == reason_of(token, key)


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["x"], [], "exp", [1]])
def test_a_critical_header_is_not_understood(crit: object) -> None:
    """Nothing is understood that must be: a token that demands it is refused (RFC 7515 4.1.11)."""
    key = key_for("ES256")

    token = signed(key, {**header_for(key), "crit": crit, "exp": 1, "b64": False}, PAYLOAD)

    assert reason_of(token, key) is Reason.BAD_SIGNATURE
