"""What must not stand in a log, found by its field's name or by its look."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.server.redaction import MASK, mask, redact
from tests.conftest import Person

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "secret",
    [
        "ref_kMnOpQrStUvWxYz0123456789",
        "pk_kMnOpQrStUvWxYz-0123456789",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        JWT,
        JWT[:40],
        JWT.rpartition(".")[0],
        "Bearer abc",
        "bearer  abc.def",
        "Basic YWxpY2U6cGFzc3dvcmQ=",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "pbkdf2_sha256$600000$salt$hash",
        "alice@example.com",
        "älice+tag@bücher.example",
        "a@b",
    ],
)
@pytest.mark.parametrize("text", ["{}", "/v1/{}", "it said '{}', and more", 'x="{}"'])
def test_secret_is_masked_wherever_it_stands(secret: str, text: str) -> None:
    """Nothing of it is left, and what surrounds it is."""
    assert text.format(MASK) == mask(text.format(secret))


def test_real_credentials_are_masked(engine: Engine, alice: Person) -> None:
    """What the engine itself makes looks as is expected here."""
    grant = alice.login()
    hashed = engine.passwords.hash("a password")

    masked = mask(f"{grant.access_token} {grant.refresh_token} {hashed}")

    assert f"{MASK} {MASK} {MASK}" == masked


@pytest.mark.parametrize(
    "text",
    [
        "/v1/sessions/sess_01m8a0vgw9ezd9dqavjz4c2dhs",
        "/v1/admin/apikeys/apikey_01m8a0vgw9ezd9dqavjz4c2dhs",
        "/.well-known/oauth-authorization-server",
        "request 7436f02ee17f-1 failed",
        "@staticmethod",
        "refresh_token",
    ],
)
def test_ids_and_words_are_left(text: str) -> None:
    """An id is no credential, and a log without any tells nothing."""
    assert text == mask(text)


@pytest.mark.parametrize(
    "name",
    ["token", "sessionToken", "password", "Authorization", "set-cookie", "api_key", "clientSecret"],
)
@pytest.mark.parametrize("value", ["short", 12345, ["a", "b"], {"a": "b"}])
def test_field_is_masked_by_its_name(name: str, value: Any) -> None:
    """Whatever it holds."""
    assert {name: MASK, "other": "kept"} == redact(None, "", {name: value, "other": "kept"})


def test_what_is_within_is_masked_too() -> None:
    """In lists and in objects, however deep; what is no text stays as it is."""
    entry = {"a": ["x", {"b": f"see {JWT}"}], "password": None, "status": 200, "ms": 0.5}

    assert {
        "a": ["x", {"b": f"see {MASK}"}],
        "password": None,
        "status": 200,
        "ms": 0.5,
    } == redact(None, "", entry)


def test_long_text_is_masked_in_no_time() -> None:
    """No text makes the search go back and forth."""
    masked = mask("a" * 100_000 + "@" + "b" * 255)

    assert "a" * (100_000 - 64) + MASK == masked
