"""Access tokens: what is in them, and that they come back as they went in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.core.access_token import UnsealedKey, check_extra_claims, issue, verify
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import Session
from tests.core.forging import BOTH, ES256, HERE, HS256, KEYS, opened

MakeSession = Callable[..., Session]


@BOTH
def test_a_token_has_exactly_the_documented_header_and_claims(
    make_session: MakeSession, key: UnsealedKey
) -> None:
    """RFC 9068 2.2, with the session, its generation and nothing else."""
    session = make_session(generation=7, created_at=500)

    header, claims = opened(issue(key, HERE, session, 1000, 1060))

    generation, dot, random = claims.pop("jti").partition(".")
    assert (generation, dot) == ("7", ".")
    assert len(random) == 16
    assert header == {"alg": key.algorithm, "kid": key.kid, "typ": "at+jwt"}
    assert claims == {
        "iss": "https://issuer.example",
        "aud": "protekt",
        "sub": session.user_id,
        "sid": session.id,
        "iat": 1000,
        "nbf": 1000,
        "exp": 1060,
        "auth_time": 500,
        "amr": ["pwd"],
        "client_id": "protekt",
    }


@BOTH
def test_an_issued_token_verifies_to_what_it_was_issued_for(
    make_session: MakeSession, key: UnsealedKey
) -> None:
    """Session, user, generation, key and times come back as they went in."""
    session = make_session(generation=7)

    claims = verify(issue(key, HERE, session, 1000, 1060), KEYS.get, HERE)

    assert (claims.session_id, claims.user_id) == (session.id, session.user_id)
    assert (claims.kid, claims.generation) == (key.kid, 7)
    assert (claims.issued_at, claims.not_before, claims.expires_at) == (1000, 1000, 1060)


def test_no_two_tokens_are_the_same(make_session: MakeSession) -> None:
    """Each has an id of its own, also within one second."""
    session = make_session()

    ids = {opened(issue(HS256, HERE, session, 1000, 1060))[1]["jti"] for _ in range(50)}

    assert len(ids) == 50


def test_extra_claims_stand_beside_the_own_ones(make_session: MakeSession) -> None:
    """What an administrator put into the session is in each of its tokens."""
    session = make_session(claims={"role": "editor", "teams": ["a", "b"]})

    _, claims = opened(issue(ES256, HERE, session, 1000, 1060))

    assert (claims["role"], claims["teams"]) == ("editor", ["a", "b"])


@pytest.mark.parametrize(
    "name",
    ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr", "client_id"],
)
def test_an_extra_claim_cannot_stand_for_an_own_one(name: str) -> None:
    """Each of the token's own claims is refused by name."""
    with pytest.raises(InvalidRequest, match=name):
        check_extra_claims({"role": "editor", name: "x"})


def test_extra_claims_have_a_greatest_length() -> None:
    """A token has to fit into a header; what would not is refused when it is asked for."""
    check_extra_claims({"note": "x" * 3000})

    with pytest.raises(InvalidRequest):
        check_extra_claims({"note": "x" * 5000})


def test_a_key_shows_no_secret() -> None:
    """Neither `repr` nor `str` of a key holds any of it."""
    assert repr(HS256) == "UnsealedKey(key_of_hs256, HS256)"
    assert "secret" not in f"{HS256}{ES256!r}"
