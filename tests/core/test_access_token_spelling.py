"""A token has one spelling: whatever is loose about it is refused before any key is asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.core.access_token import UnsealedKey, issue
from protekt_cli.errors import Reason
from protekt_cli.models import Session
from tests.core.forging import (
    ES256,
    HEADER,
    HERE,
    HS256,
    PAYLOAD,
    Json,
    encoded,
    reason_of,
    sign,
    signature_of,
    twin_of,
)

MakeSession = Callable[..., Session]


@pytest.mark.parametrize(
    "payload",
    [
        {"sid": None},
        {"sid": "user_01m89p8efxfe092m3agfy15kf6"},
        {"sid": ["sess_01m89p8egtessvrhqxpp055nhn"]},
        {"sub": 1},
        {"sub": ""},
        {"iat": "1000"},
        {"nbf": True},
        {"exp": 2000.5},
        {"exp": None},
        {"jti": None},
    ],
)
def test_claims_of_another_shape_are_malformed(payload: Json) -> None:
    """A shared secret may sign what Protekt never would: it is read strictly all the same."""
    header = {"alg": "HS256", "kid": HS256.kid, "typ": "at+jwt"}

    token = sign(HS256, header, {**PAYLOAD, **payload})

    assert reason_of(token) == Reason.MALFORMED


@pytest.mark.parametrize("key", [ES256], ids=["ES256"])
@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: ".",
        lambda token: "..",
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token + ".e30",
        lambda token: token.rpartition(".")[0],
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token + "\n",
        lambda token: "\n" + token,
        lambda token: token + " ",
        lambda token: " " + token,
        lambda token: token.replace(".", ". ", 1),
        lambda token: token.replace(".", "\r\n.", 1),
        lambda token: "Bearer " + token,
        lambda token: f'"{token}"',
        lambda token: token + "\0",
        lambda token: token + "\u0661",
        lambda token: token + "\ud800",
        lambda token: token.replace("e", "\u0435", 1),
        lambda token: "e30" + token[token.index(".") :].replace("-", "+").replace("_", "/") + "+",
        lambda token: token + "A" * 20_000,
        lambda token: "A" * 5_000_000,
        lambda token: "." * 5_000_000,
    ],
)
def test_a_token_has_exactly_one_spelling(
    make_session: MakeSession, key: UnsealedKey, change: Callable[[str], str]
) -> None:
    """Nothing around it, nothing left out, no padding, no segment too many."""
    token = issue(key, HERE, make_session(), 1000, 1060)

    assert reason_of(change(token)) == Reason.MALFORMED


@pytest.mark.parametrize("position", [0, 1, 2], ids=["header", "payload", "signature"])
def test_unused_bits_are_no_second_spelling(position: int) -> None:
    """Python's decoder would ignore them in each of the three segments."""
    segments = sign(ES256, {**HEADER, "x": "12"}, {**PAYLOAD, "x": "1"}).split(".")
    assert len(segments[position]) % 4, "this segment has no unused bits"

    segments[position] = twin_of(segments[position])

    assert reason_of(".".join(segments)) == Reason.MALFORMED


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ('{"alg":"ES256","kid":"key_of_es256","typ":"JWT","typ":"at+jwt"}', None),
        ('{"alg":"ES256","kid":"key_of_es256","kid":"key_of_es256","typ":"at+jwt"}', None),
        ('["ES256"]', None),
        ('"ES256"', None),
        ("null", None),
        ("", None),
        ("{", None),
        ("\ufeff{}", None),
        (None, '{"sub":"a","sub":"a"}'),
        (None, '{"a":{"b":1,"b":2}}'),
        (None, '{"sub":"a","s\\u0075b":"a"}'),
        (None, '{"a":NaN}'),
        (None, '{"a":Infinity}'),
        (None, '{"a":1e999}'),
        (None, '{"a":"\\ud800"}'),
        (None, '{"a":' + "9" * 6000 + "}"),
        (None, '{"a":' + "[" * 30 + "]" * 30 + "}"),
        (None, '{"a":' + "[" * 5000 + "]" * 5000 + "}"),
        (None, "[]"),
        (None, "1"),
        (None, "{} {}"),
        (None, b"{\xff}"),
    ],
)
def test_a_well_signed_token_of_loose_json_is_malformed(
    header: str | None, payload: str | bytes | None
) -> None:
    """What programs read differently is read by none, though a key of ours signed it."""
    signed = f"{encoded(header or json.dumps(HEADER))}.{encoded(payload or json.dumps(PAYLOAD))}"
    if header == "":
        signed = f".{encoded(json.dumps(PAYLOAD))}"

    token = f"{signed}.{encoded(signature_of(ES256, signed))}"

    assert reason_of(token) == Reason.MALFORMED


@given(st.text())
def test_any_text_is_malformed(text: str) -> None:
    """Whatever somebody sends, it is refused with a reason, and breaks nothing."""
    assert reason_of(text) == Reason.MALFORMED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet=st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), _JSON))
def test_any_header_is_refused_with_a_reason(header: Json) -> None:
    """No value of any parameter gets past the key, or makes another error."""
    token = sign(HS256, {"kid": HS256.kid, **header}, PAYLOAD)

    assert reason_of(token) in {Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE, Reason.WRONG_TYPE}


@given(data=st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    """Wherever it is, and whatever it is changed to."""
    token = sign(ES256, HEADER, PAYLOAD)
    position = data.draw(st.integers(min_value=0, max_value=len(token) - 1))
    character = data.draw(st.sampled_from("AZaz09-_.=").filter(lambda c: c != token[position]))

    changed = token[:position] + character + token[position + 1 :]

    assert reason_of(changed) is not None
