"""Ids: their shape, their order, and how they are cut."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeid import TypeID

from protekt_cli.core import ids
from protekt_cli.core.ids import Prefix
from protekt_cli.errors import AmbiguousId, NotFound

WHOLE = "sess_01m89p8egtessvrhqxpp055nhn"


@pytest.mark.parametrize(
    ("prefix", "written"),
    [
        (Prefix.USER, "user"),
        (Prefix.DEVICE, "dev"),
        (Prefix.SESSION, "sess"),
        (Prefix.EVENT, "evt"),
        (Prefix.API_KEY, "apikey"),
    ],
)
def test_an_id_is_a_typeid_of_a_uuidv7(prefix: Prefix, written: str) -> None:
    """The prefix, an underscore, 26 characters; its milliseconds are those it was given."""
    milliseconds = 1_800_000_000_123

    identifier = ids.new_id(prefix, milliseconds)

    inside = uuid.UUID(str(TypeID.from_string(identifier).uuid))
    assert re.fullmatch(rf"{written}_[0-7][0-9a-hjkmnp-tv-z]{{25}}", identifier)
    assert inside.version == 7
    assert inside.int >> 80 == milliseconds
    assert ids.is_id(prefix, identifier)


@given(st.sets(st.integers(min_value=0, max_value=2**48 - 1), min_size=2, max_size=20))
def test_ids_sort_by_creation(moments: set[int]) -> None:
    """To the millisecond, as text."""
    made = [ids.new_id(Prefix.EVENT, moment) for moment in sorted(moments)]

    assert made == sorted(made)


def test_ids_of_one_millisecond_differ() -> None:
    """The rest of each is random."""
    made = {ids.new_id(Prefix.USER, 1_800_000_000_000) for _ in range(1000)}

    assert len(made) == 1000


@given(st.binary(min_size=16, max_size=16))
def test_an_id_and_its_bytes_are_one_to_one(raw: bytes) -> None:
    """A refresh token names its session by them."""
    identifier = ids.from_bytes(Prefix.SESSION, raw)

    assert ids.to_bytes(identifier) == raw
    assert ids.is_id(Prefix.SESSION, identifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        WHOLE[:-1],
        WHOLE + "a",
        WHOLE + "\n",
        WHOLE.upper(),
        WHOLE.replace("sess", "user"),
        WHOLE.replace("_", "-"),
        "_" + WHOLE,
        "x_" + WHOLE,
        "sess_81m89p8egtessvrhqxpp055nhn",
        "sess_01m89p8egtessvrhqxpp055nhl",
        "sess_0\u06619p8egtessvrhqxpp055nhn",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    """An id has one spelling."""
    assert not ids.is_id(Prefix.SESSION, text)


@pytest.mark.parametrize("length", [8, 9, 25, 26])
def test_an_id_can_be_cut(length: int) -> None:
    """To its first eight characters after the prefix, or any more."""
    text = WHOLE[: len("sess_") + length]

    assert ids.check_cut(Prefix.SESSION, text) == text


@pytest.mark.parametrize("length", [0, 1, 7])
def test_a_shorter_one_is_ambiguous(length: int) -> None:
    """It is refused unseen: what it fits today it may share tomorrow."""
    with pytest.raises(AmbiguousId):
        ids.check_cut(Prefix.SESSION, WHOLE[: len("sess_") + length])


@pytest.mark.parametrize(
    "text", ["", "sess", "01m89p8egtess", "user_01m89p8egtess", "sess_01m89p8!", WHOLE + "a"]
)
def test_what_begins_no_id_finds_nothing(text: str) -> None:
    """It is not found, rather than looked for."""
    with pytest.raises(NotFound):
        ids.check_cut(Prefix.SESSION, text)
