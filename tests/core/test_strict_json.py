"""JSON with none of Python's generosity, and base64url in its one spelling."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.core import base64url, strict_json

_TEXT = st.text(alphabet=st.characters(codec="utf-8"))
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(value=_JSON, ascii_=st.booleans())
def test_json_is_read_as_it_was_meant(value: object, ascii_: bool) -> None:
    """Escaped or not, what is right is taken."""
    raw = json.dumps(value, ensure_ascii=ascii_).encode()

    assert strict_json.loads(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"NaN",
        b"-Infinity",
        b"[1e999]",
        b"[-1e999]",
        b"[01]",
        b"9" * 10_000,
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'["\\ud800 \\udc00"]',
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 1}',
        b'[{"a": {"b": 1, "b": 2}}]',
        b'"\n"',
        "{}".encode("utf-16"),
    ],
)
def test_loose_json_is_refused(raw: bytes) -> None:
    """Each of these is read differently by some other program."""
    with pytest.raises(ValueError):
        strict_json.loads(raw)


def test_a_surrogate_pair_is_one_character() -> None:
    """Only halves are refused."""
    assert strict_json.loads(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_twenty_levels_are_read_and_one_more_is_not() -> None:
    """The outermost is the first; brackets within a string are none."""
    strict_json.loads(b"[" * 20 + b"]" * 20)
    strict_json.loads(b"[" * 19 + b"[],[],{}" + b"]" * 19)
    strict_json.loads(b'["' + b"[" * 50 + b'\\"{"]')

    for raw in (b"[" * 21 + b"]" * 21, b'{"a":' * 21 + b"1" + b"}" * 21, b"[" * 100_000):
        with pytest.raises(ValueError, match="20 levels"):
            strict_json.loads(raw)


def test_a_doubled_member_is_named() -> None:
    """Whoever sent it can find it."""
    with pytest.raises(ValueError, match="'email'"):
        strict_json.loads(b'{"email": "a", "email": "b"}')


@given(st.binary())
def test_base64url_comes_back(raw: bytes) -> None:
    """Without padding, whatever the length."""
    text = base64url.encode(raw)

    assert "=" not in text
    assert base64url.decode(text) == raw


@pytest.mark.parametrize(
    "text",
    ["A", "AB", "AAB", "AA==", "AAA=", "AAA\n", " AAA", "AA AA", "+A", "/A", "AAAAA", "\u0661A"],
)
def test_base64url_has_one_spelling(text: str) -> None:
    """No padding, no other alphabet, no unused bits, nothing around it."""
    with pytest.raises(ValueError):
        base64url.decode(text)
