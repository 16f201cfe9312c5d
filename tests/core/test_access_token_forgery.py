"""Access tokens that were forged, edited, or meant for somebody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from protekt_cli.core.access_token import UnsealedKey, issue
from protekt_cli.errors import Reason
from protekt_cli.models import Session
from tests.core.forging import (
    BOTH,
    ES256,
    HEADER,
    HERE,
    HS256,
    PAYLOAD,
    Json,
    decoded,
    encoded,
    public_bytes,
    reason_of,
    segment,
    sign,
    signed_as,
)

MakeSession = Callable[..., Session]


def test_the_first_fault_in_the_documented_order_is_named() -> None:
    """A token with every fault is mended one by one, and each time the next one is told."""
    foreign = UnsealedKey(ES256.kid, "ES256", ec.generate_private_key(ec.SECP256R1()))
    header = {"alg": "ES256", "kid": "key_of_nobody", "typ": "JWT"}
    payload = {**PAYLOAD, "iss": "https://other.example", "aud": "other"}
    told = [reason_of(sign(foreign, header, payload) + "=")]

    told.append(reason_of(sign(foreign, header, payload)))
    header["kid"] = ES256.kid
    told.append(reason_of(sign(foreign, header, payload)))
    told.append(reason_of(sign(ES256, header, payload)))
    header["typ"] = "at+jwt"
    told.append(reason_of(sign(ES256, header, payload)))
    payload["iss"] = HERE.issuer
    told.append(reason_of(sign(ES256, header, payload)))
    payload["aud"] = HERE.audience
    told.append(reason_of(sign(ES256, header, payload)))

    assert told == [
        Reason.MALFORMED,
        Reason.UNKNOWN_KEY,
        Reason.BAD_SIGNATURE,
        Reason.WRONG_TYPE,
        Reason.WRONG_ISSUER,
        Reason.WRONG_AUDIENCE,
        None,
    ]


@pytest.mark.parametrize("kid", ["", "key_of_nobody", None, 7, True, ["key_of_es256"], {}])
def test_a_key_that_is_not_ours_is_unknown(kid: object) -> None:
    """Whatever its `kid` is, if it is no name of a key that may verify."""
    token = sign(ES256, {**HEADER, "kid": kid}, PAYLOAD)

    assert reason_of(token) == Reason.UNKNOWN_KEY


def test_a_token_without_a_kid_is_of_an_unknown_key() -> None:
    """No key is tried that the token does not name."""
    token = sign(ES256, {"alg": "ES256", "typ": "at+jwt"}, PAYLOAD)

    assert reason_of(token) == Reason.UNKNOWN_KEY


@BOTH
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, ["ES256"], {"alg": 1}, 256])
def test_no_algorithm_is_no_signature(key: UnsealedKey, alg: object) -> None:
    """An unsigned token is refused, however it spells that it is none (RFC 8725 2.1)."""
    header, payload = {**HEADER, "kid": key.kid, "alg": alg}, PAYLOAD

    unsigned = f"{segment(header)}.{segment(payload)}."

    assert reason_of(unsigned) == Reason.BAD_SIGNATURE
    assert reason_of(sign(key, header, payload)) == Reason.BAD_SIGNATURE


@pytest.mark.parametrize("encoding", ["pem", "der", "point", "x"])
def test_a_public_key_is_no_shared_secret(encoding: str) -> None:
    """HMAC under bytes that everybody can read proves nothing (RFC 8725 2.1)."""
    header = {**HEADER, "alg": "HS256"}

    token = sign(UnsealedKey(ES256.kid, "HS256", public_bytes(encoding)), header, PAYLOAD)

    assert reason_of(token) == Reason.BAD_SIGNATURE


def test_the_key_fixes_the_algorithm() -> None:
    """An HMAC key verifies no ECDSA, nor another HMAC under the same secret."""
    ecdsa = sign(ES256, {**HEADER, "kid": HS256.kid}, PAYLOAD)
    longer = signed_as({**HEADER, "kid": HS256.kid, "alg": "HS512"}, "sha512")

    assert reason_of(ecdsa) == Reason.BAD_SIGNATURE
    assert reason_of(longer) == Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "edit",
    [
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"typ": "JWT"},
        {"kid": HS256.kid},
        {"extra": 1},
        {"jwk": {"kty": "oct", "k": ""}},
        {"crit": ["x"]},
        {"b64": False},
    ],
)
def test_an_edited_header_breaks_the_signature(make_session: MakeSession, edit: Json) -> None:
    """Nothing in the header can be changed, nor anything be put into it."""
    header, payload, signature = issue(ES256, HERE, make_session(), 1000, 1060).split(".")

    edited = segment({**decoded(header), **edit})

    assert reason_of(f"{edited}.{payload}.{signature}") == Reason.BAD_SIGNATURE


@pytest.mark.parametrize("claim", ["sub", "sid", "exp", "iat", "jti"])
def test_an_edited_claim_breaks_the_signature(make_session: MakeSession, claim: str) -> None:
    """Nobody becomes another user, or lives longer."""
    header, payload, signature = issue(ES256, HERE, make_session(), 1000, 1060).split(".")
    claims = decoded(payload)

    claims[claim] = claims[claim] + 1 if isinstance(claims[claim], int) else claims[claim] + "a"

    assert reason_of(f"{header}.{segment(claims)}.{signature}") == Reason.BAD_SIGNATURE


@pytest.mark.parametrize("length", [0, 1, 63, 65, 70, 128])
@BOTH
def test_a_signature_of_another_length_is_bad(key: UnsealedKey, length: int) -> None:
    """A cut, a lengthened and no signature are all the same."""
    header = {**HEADER, "alg": key.algorithm, "kid": key.kid}

    token = f"{segment(header)}.{segment(PAYLOAD)}.{encoded(bytes(length))}"

    assert reason_of(token) == Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"iss": "https://issuer.example/"}, Reason.WRONG_ISSUER),
        ({"iss": None}, Reason.WRONG_ISSUER),
        ({"iss": ["https://issuer.example"]}, Reason.WRONG_ISSUER),
        ({"aud": "Protekt"}, Reason.WRONG_AUDIENCE),
        ({"aud": None}, Reason.WRONG_AUDIENCE),
    ],
)
def test_a_token_for_another_place_is_refused(payload: Json, reason: Reason) -> None:
    """Issuer and audience are compared to the letter."""
    assert reason_of(sign(ES256, HEADER, {**PAYLOAD, **payload})) == reason


@pytest.mark.parametrize("typ", ["JWT", "AT+JWT", "refresh+jwt", "", None, 1, ["at+jwt"]])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    """No other JWT of the same key stands for an access token (RFC 8725 3.11)."""
    assert reason_of(sign(ES256, {**HEADER, "typ": typ}, PAYLOAD)) == Reason.WRONG_TYPE
