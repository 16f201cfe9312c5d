"""The master key: how it is written, and what it seals."""

from __future__ import annotations

import base64

import pytest

from protekt_cli.core.vault import Damaged, Vault, new_master_key, parse_master_key

# Its base64 holds + and /, and ends with one sign of padding.
KEY = bytes([0xFB, 0xEF, 0xFF]) * 10 + b"\xfa\x01"
VAULT = Vault(KEY)
PLACE = ("users", "user_a", "password")


def test_what_was_sealed_opens_in_its_place() -> None:
    """And each time it is sealed it looks another."""
    first, second = VAULT.seal(b"plain", *PLACE), VAULT.seal(b"plain", *PLACE)

    assert VAULT.open(first, *PLACE) == VAULT.open(second, *PLACE) == b"plain"
    assert first != second
    assert b"plain" not in first


@pytest.mark.parametrize(
    "place",
    [
        ("users", "user_b", "password"),
        ("signing_keys", "user_a", "password"),
        ("users", "user_a", "other"),
        ("users", "user_a"),
        ("users", "user_apassword"),
        (),
    ],
)
def test_a_sealed_value_opens_nowhere_else(place: tuple[str, ...]) -> None:
    """Whoever can write to the database cannot give one user the password of another."""
    sealed = VAULT.seal(b"plain", *PLACE)

    with pytest.raises(Damaged):
        VAULT.open(sealed, *place)


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    """In the nonce, the value or its tag."""
    sealed = bytearray(VAULT.seal(b"plain", *PLACE))

    sealed[position] ^= 1

    with pytest.raises(Damaged):
        VAULT.open(bytes(sealed), *PLACE)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27])
def test_a_cut_value_is_damaged(length: int) -> None:
    """However short what is left is."""
    sealed = VAULT.seal(b"plain", *PLACE)

    with pytest.raises(Damaged):
        VAULT.open(sealed[:length], *PLACE)


def test_another_master_key_opens_nothing() -> None:
    """And everything that is derived from it is another."""
    other = Vault(new_master_key())
    sealed = VAULT.seal(b"plain", *PLACE)

    with pytest.raises(Damaged):
        other.open(sealed, *PLACE)
    assert other.check != VAULT.check
    assert other.refresh_key != VAULT.refresh_key
    assert other.event_seal(b"digest") != VAULT.event_seal(b"digest")
    assert other.email_digest("a@example.com") != VAULT.email_digest("a@example.com")


def test_what_is_derived_stays_the_same() -> None:
    """A restart changes no refresh token, no seal of an event and no digest of an e-mail."""
    again = Vault(KEY)

    assert again.check == VAULT.check
    assert again.refresh_key == VAULT.refresh_key
    assert again.event_seal(b"digest") == VAULT.event_seal(b"digest")
    assert again.email_digest("a@example.com") == VAULT.email_digest("a@example.com")


def test_each_purpose_has_a_key_of_its_own() -> None:
    """The check that lies in the database is the beginning of no other key."""
    derived = [VAULT.check, VAULT.refresh_key[:16], VAULT.event_seal(b"")[:16], KEY[:16]]

    assert len(set(derived)) == len(derived)


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
        KEY.hex() + "\n",
        f"  {base64.b64encode(KEY).decode()}\r\n",
    ],
)
def test_a_master_key_has_several_spellings(text: str) -> None:
    """Hexadecimal, base64 and base64url, with or without padding, are all the same key."""
    assert parse_master_key(text) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        KEY.hex()[:-1],
        KEY.hex() + "0",
        KEY.hex()[:-1] + "g",
        base64.b64encode(KEY[:31]).decode(),
        base64.b64encode(KEY + b"x").decode(),
        KEY.hex()[:32] + " " + KEY.hex()[32:],
    ],
)
def test_anything_else_is_no_master_key(text: str) -> None:
    """It is refused, and not repeated."""
    with pytest.raises(ValueError, match="64 hex digits") as caught:
        parse_master_key(text)

    assert not text or text not in str(caught.value)


def test_a_new_master_key_is_32_bytes_and_never_the_same() -> None:
    """From the system's generator."""
    keys = {new_master_key() for _ in range(20)}

    assert {len(key) for key in keys} == {32}
    assert len(keys) == 20
