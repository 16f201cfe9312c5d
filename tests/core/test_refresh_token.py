"""Refresh tokens: derived, recognised, and impossible to make up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.core import ids, refresh_token

KEY, SALT = bytes(range(32)), bytes(range(16))
SESSION = "sess_01m89p8egtessvrhqxpp055nhn"
TOKEN = refresh_token.derive(KEY, SALT, SESSION, 7)

_IDS = st.binary(min_size=16, max_size=16).map(lambda raw: ids.from_bytes(ids.Prefix.SESSION, raw))
_GENERATIONS = st.integers(min_value=0, max_value=2**40 - 1)


@given(session_id=_IDS, generation=_GENERATIONS, key=st.binary(min_size=32, max_size=32))
def test_a_derived_token_is_recognised(session_id: str, generation: int, key: bytes) -> None:
    """Its session and generation come back, and its seal holds; its shape is the documented one."""
    token = refresh_token.derive(key, SALT, session_id, generation)

    parsed = refresh_token.parse(token)

    assert re.fullmatch(r"ref_[A-Za-z0-9_-]{43,}", token)
    assert parsed is not None
    assert (parsed.session_id, parsed.generation) == (session_id, generation)
    assert refresh_token.is_genuine(key, SALT, parsed)


def test_the_same_generation_is_the_same_token() -> None:
    """That is why none needs to be kept."""
    assert refresh_token.derive(KEY, SALT, SESSION, 7) == TOKEN


@pytest.mark.parametrize(
    "other",
    [
        refresh_token.derive(bytes(32), SALT, SESSION, 7),
        refresh_token.derive(KEY, bytes(16), SESSION, 7),
        refresh_token.derive(KEY, SALT, "sess_01m89p8egtessvrhqxpp055nhp", 7),
        refresh_token.derive(KEY, SALT, SESSION, 8),
    ],
    ids=[
        "another installation's",
        "of another salt",
        "of another session",
        "of another generation",
    ],
)
def test_a_seal_is_good_for_one_token_alone(other: str) -> None:
    """Put behind another session and generation, or under another key, it is no seal."""
    mine, theirs = refresh_token.parse(TOKEN), refresh_token.parse(other)
    assert mine is not None
    assert theirs is not None

    moved = refresh_token.RefreshToken(mine.session_id, mine.generation, theirs.seal)

    assert not refresh_token.is_genuine(KEY, SALT, moved)


def test_every_single_changed_character_is_noticed() -> None:
    """Wherever it is, the token loses its shape or its seal."""
    alphabet = "Aa0-_="

    for position in range(len(TOKEN)):
        for character in set(alphabet) - {TOKEN[position]}:
            changed = TOKEN[:position] + character + TOKEN[position + 1 :]

            parsed = refresh_token.parse(changed)

            assert parsed is None or not refresh_token.is_genuine(KEY, SALT, parsed)


@pytest.mark.parametrize(
    "text",
    [
        *(TOKEN[:length] for length in range(len(TOKEN))),
        TOKEN + "A",
        TOKEN + "=",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.upper(),
        TOKEN.replace("ref_", "pk__"),
        TOKEN[4:],
        TOKEN[:-1] + "\u00e9",
        TOKEN[:-1] + "+",
        TOKEN * 10_000,
    ],
)
def test_a_text_of_another_shape_is_no_token(text: str) -> None:
    """Cut, lengthened, or with anything around it."""
    assert refresh_token.parse(text) is None


@given(st.text())
def test_any_text_is_no_token(text: str) -> None:
    """Whatever somebody sends, it is told apart without an error."""
    assert refresh_token.parse(text) is None
    assert refresh_token.parse("ref_" + text) is None


def test_a_parsed_token_shows_no_seal() -> None:
    """What is logged by accident cannot be presented."""
    parsed = refresh_token.parse(TOKEN)

    assert parsed is not None
    assert repr(parsed) == f"RefreshToken(session_id='{SESSION}', generation=7)"
