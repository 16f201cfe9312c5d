"""Looking into any token, as leniently as is clear, and never into what it is not."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.cli.decoding import Undecodable, decode, rows

NOW = 1_800_000_000


def segment(value: object) -> str:
    """Return a segment of a token, whatever is in it."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(payload: object, header: object = {"alg": "ES256"}, signature: str = "c2ln") -> str:
    """Return a token of three segments."""
    return f"{segment(header)}.{segment(payload)}.{signature}"


def meanings(payload: dict[str, Any]) -> dict[str, object]:
    """Return what the rows say of each claim."""
    return {
        str(row[1]): row[3] for row in rows(decode(token(payload), NOW), NOW) if row[0] == "payload"
    }


def why(text: str) -> str:
    """Return why a token cannot be decoded, which has to be so."""
    with pytest.raises(Undecodable) as refused:
        decode(text, NOW)
    return refused.value.message


def test_token_of_another_library_is_shown() -> None:
    """Whoever made it, with whatever key."""
    made = jwt.encode({"sub": "me", "exp": NOW + 60}, "k" * 32, headers={"kid": "k1"})

    assert decode(made, NOW) == {
        "header": {"alg": "HS256", "kid": "k1", "typ": "JWT"},
        "payload": {"sub": "me", "exp": NOW + 60},
        "signature": "present",
        "expired": False,
        "expiresIn": 60,
        "verified": None,
    }


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda text: text + "==", id="padded signature"),
        pytest.param(lambda text: text.replace("-", "+").replace("_", "/"), id="plain base64"),
    ],
)
def test_other_spellings_are_forgiven(spelling: Any) -> None:
    """A server refuses them; here it is clear what is meant."""
    payload = {"text": "???>>>~~~"}
    padded = ".".join(part + "=" * (-len(part) % 4) for part in token(payload).split("."))

    assert decode(spelling(padded), NOW)["payload"] == payload


def test_doubled_member_is_forgiven() -> None:
    """The last one is shown, as most programs read it."""
    assert decode(token(b'{"a": 1, "a": 2}'), NOW)["payload"] == {"a": 2}


def test_unsigned_token_has_no_signature() -> None:
    """`alg: none` is shown for what it is."""
    assert decode(token({}, {"alg": "none"}, signature=""), NOW)["signature"] == "absent"


@pytest.mark.parametrize(
    ("payload", "expired", "left"),
    [
        ({}, False, None),
        ({"exp": NOW + 1}, False, 1),
        ({"exp": NOW}, True, 0),
        ({"exp": NOW - 5}, True, -5),
        ({"exp": NOW + 1.5}, False, 1),
        ({"exp": 10**40}, False, 10**40 - NOW),
        ({"exp": str(NOW)}, None, None),
        ({"exp": True}, None, None),
        ({"exp": None}, None, None),
    ],
)
def test_expiry_is_judged_by_exp_alone(
    payload: dict[str, Any], expired: bool | None, left: int | None
) -> None:
    """At its second it is over; without one it never is; one that is no number says nothing."""
    decoded = decode(token(payload), NOW)

    assert (expired, left) == (decoded["expired"], decoded["expiresIn"])


def test_times_are_said_in_words() -> None:
    """A time in the calendar and how far away it is; other claims are left alone."""
    payload: dict[str, Any] = {"exp": NOW + 7200, "nbf": NOW - 60, "iat": "soon", "n": NOW}

    assert meanings(payload) == {
        "exp": "in 2 hours, 2027-01-15T10:00:00Z",
        "nbf": "1 minute ago, 2027-01-15T07:59:00Z",
        "iat": None,
        "n": None,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there is no token to decode"),
        ("garbage", "this is no JWT: it has 1 part between dots, not three"),
        ("a.b", "this is no JWT: it has 2 parts between dots, not three"),
        ("a.b.c.d", "this is no JWT: it has 4 parts between dots, not three"),
        ("!.e30.", "this is no JWT: its header is not base64url"),
        ("e30.!.", "this is no JWT: its payload is not base64url"),
        (token(b"{"), "this is no JWT: its payload is not JSON"),
        (token(b"\xff"), "this is no JWT: its payload is not JSON"),
        (token(b'{"a": NaN}'), "this is no JWT: its payload is not JSON"),
        (token(b'{"a": 1e999}'), "this is no JWT: its payload is not JSON"),
        (token(b'{"a": ' + b"1" * 5000 + b"}"), "this is no JWT: its payload is not JSON"),
        (token(b"[" * 100_000), "this is no JWT: its payload is not JSON"),
        (token(b'{"a":' * 101 + b"1" + b"}" * 101), "this is no JWT: its payload is not JSON"),
        (token([1]), "this is no JWT: its payload is not a JSON object"),
        (token({}, 1), "this is no JWT: its header is not a JSON object"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_jwt_is_said(text: str, expected: str) -> None:
    """In one line, which names the part that is wrong."""
    assert expected == why(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "give it as an argument, or - for standard input"),
        ("garbage", "a JWT is HEADER.PAYLOAD.SIGNATURE, whole: is it one?"),
        ("a.b.c", "a JWT is HEADER.PAYLOAD.SIGNATURE, whole: is it one?"),
        ("ref_" + "A" * 68, "what becomes of it: protekt explain - < token.txt"),
        ("pk_" + "A" * 43, "see what there is of it: protekt apikeys list"),
    ],
)
def test_what_cannot_be_decoded_has_a_hint(text: str, hint: str) -> None:
    """What to do instead, or what a token looks like."""
    with pytest.raises(Undecodable) as refused:
        decode(text, NOW)

    assert hint == refused.value.hint


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"alg": "ES256", "kid": "k1"}, "ES256, by the key that kid names"),
        ({"alg": "HS256"}, "HS256, by a key that it does not name"),
        ({}, "of no known kind, by a key that it does not name"),
    ],
)
def test_key_is_named_where_the_token_names_one(header: dict[str, str], expected: str) -> None:
    """As the token says it, which need not be true."""
    shown = {row[1]: row[3] for row in rows(decode(token({}, header), NOW), NOW)}

    assert expected == shown["signature"]


@pytest.mark.parametrize("secret", ["ref_" + "A" * 68, "pk_" + "A" * 43])
def test_opaque_secret_is_named_and_not_repeated(secret: str) -> None:
    """Somebody has taken it for an access token."""
    message = why(secret)

    assert "opaque" in message
    assert "AAAA" not in message


def test_encrypted_token_shows_its_header() -> None:
    """That is all there is to see of a JWE."""
    header = {"alg": "RSA-OAEP", "enc": "A256GCM"}

    with pytest.raises(Undecodable) as refused:
        decode(f"{segment(header)}.a.b.c.d", NOW)

    assert "encrypted" in refused.value.message
    assert refused.value.hint == 'its header is {"alg":"RSA-OAEP","enc":"A256GCM"}'


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda raw: f"{segment(raw)}.e30."))
def test_no_input_is_a_bug(text: str) -> None:
    """It decodes, or it is said why not."""
    try:
        decoded = decode(text, NOW)
    except Undecodable:
        return

    assert list(rows(decoded, NOW))
