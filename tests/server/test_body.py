"""The body reader takes strict JSON within its limits, and refuses all else as a problem."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.errors import InvalidRequest, Problem
from protekt_cli.server.answer import Receive
from protekt_cli.server.body import BodyReader
from protekt_cli.server.problems import PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from tests.server.talking import JSON, sending, telling

LIMIT = 65_536
CHUNKED = {b"content-type": b"application/json", b"transfer-encoding": b"chunked"}

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


def read(
    body: bytes, *, content_type: bytes = b"application/json", encoding: bytes | None = None
) -> dict[str, Any] | None:
    fields = {b"content-type": content_type, b"content-length": str(len(body)).encode()}
    if encoding is not None:
        fields[b"content-encoding"] = encoding
    return asyncio.run(BodyReader(max_bytes=LIMIT).read_json(fields, sending(body)))


def read_from(
    fields: dict[bytes, bytes], receive: Receive, *, limit: int = LIMIT, deadline: float = 10.0
) -> dict[str, Any] | None:
    async def within() -> dict[str, Any] | None:
        async with asyncio.timeout(10):
            return await BodyReader(max_bytes=limit, seconds=deadline).read_json(fields, receive)

    return asyncio.run(within())


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def test_body_in_chunks_is_read_whole() -> None:
    """However a body is cut up, the object is the same."""
    whole = b'{"name":"\xc3\xa9"}'

    value = read_from(CHUNKED, sending(*(whole[i : i + 1] for i in range(len(whole)))))

    assert value == {"name": "é"}


def test_body_of_known_length_is_not_waited_for_beyond_it() -> None:
    """Once the declared bytes are there, no further message is asked for."""
    fields = {b"content-length": b"2", b"content-type": b"application/json"}
    receive = telling({"type": "http.request", "body": b"{}", "more_body": True})

    value = read_from(fields, receive, deadline=1)

    assert value == {}


@pytest.mark.parametrize("fields", [{}, {b"content-length": b"0"}])
def test_empty_body_is_none_without_a_content_type(fields: dict[bytes, bytes]) -> None:
    """No body is no error: whether one is needed is for the endpoint to say."""
    assert read_from(fields, telling()) is None


def test_empty_chunked_body_is_none() -> None:
    """A body whose length only its end tells may turn out empty."""
    assert read_from({b"transfer-encoding": b"chunked"}, sending(b"")) is None


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json;charset=utf-8",
        b'application/json ; charset="UTF-8"',
    ],
)
def test_json_by_its_content_type_is_read(content_type: bytes) -> None:
    """The type's name is compared without case, and UTF-8 may be said."""
    assert read(b"{}", content_type=content_type) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"application/json; charset=utf-16",
        b"application/json, application/json",
        b"application/problem+json",
    ],
)
def test_body_of_another_type_is_unsupported(content_type: bytes) -> None:
    """A type that a plain form can send never passes for JSON."""
    with pytest.raises(UnsupportedMediaType):
        read(b"{}", content_type=content_type)


def test_encoded_body_is_unsupported() -> None:
    """A compressed body could grow past any limit: none is unpacked."""
    with pytest.raises(UnsupportedMediaType):
        read(b"{}", encoding=b"gzip")


def test_body_that_says_identity_is_read() -> None:
    """`identity` is no encoding (RFC 9110, 12.5.3)."""
    assert read(b"{}", encoding=b"identity") == {}


def test_body_declared_too_large_is_refused_unread() -> None:
    """The length alone refuses it: nothing is received."""
    fields = {b"content-length": b"11", b"content-type": b"application/json"}

    with pytest.raises(PayloadTooLarge):
        read_from(fields, telling(), limit=10, deadline=1)


@pytest.mark.parametrize("digits", [b"9" * 5000, b"-1", b"1e3", b"", b"\xb2"])
def test_absurd_content_length_is_a_problem(digits: bytes) -> None:
    """Whatever stands where the length should, it is the client's error."""
    with pytest.raises((InvalidRequest, PayloadTooLarge)):
        read_from({b"content-length": digits}, telling(), deadline=1)


def test_chunked_body_is_refused_once_too_large() -> None:
    """A body that never said how long it is stops being read at the limit."""
    more = {"type": "http.request", "body": b" " * 8, "more_body": True}

    with pytest.raises(PayloadTooLarge):
        read_from(CHUNKED, telling(more, dict(more)), limit=10, deadline=1)


def test_body_of_the_limit_exactly_is_read() -> None:
    """The limit itself is allowed."""
    body = b'{"a": 123}'

    assert read_from(CHUNKED, sending(body), limit=len(body)) == {"a": 123}


def test_body_that_does_not_come_is_timed_out() -> None:
    """Half a body holds a connection until the deadline and no longer."""
    half = {"type": "http.request", "body": b"{", "more_body": True}

    with pytest.raises(RequestTimeout):
        read_from(CHUNKED, telling(half), deadline=0.01)


def test_body_cut_short_is_invalid() -> None:
    """A client that leaves in the middle is not taken at its half word."""
    half = {"type": "http.request", "body": b"{}", "more_body": True}

    with pytest.raises(InvalidRequest):
        read_from(CHUNKED, telling(half, {"type": "http.disconnect"}))


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"{}{}",
        b"[]",
        b'"text"',
        b"null",
        b'{"a":1,}',
        b"{'a':1}",
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        "{}".encode("utf-16"),
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"\\u0062":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":' + b"9" * 5000 + b"}",
        nested(21),
        b'{"a":' + b"[" * 60_000,
    ],
)
def test_body_that_is_not_strict_json_is_invalid(body: bytes) -> None:
    """What two programs could read differently, or one could choke on, is a 400."""
    with pytest.raises(InvalidRequest):
        read(body)


def test_body_nested_twenty_levels_is_read() -> None:
    """The outermost object is the first of twenty levels."""
    assert read(nested(20)) == json.loads(nested(20))


def test_brackets_in_a_string_are_no_nesting() -> None:
    """Only real nesting counts."""
    assert read(b'{"a":"' + b"[" * 100 + b'"}') == {"a": "[" * 100}


@given(st.dictionaries(TEXT, VALUES))
def test_whatever_json_writes_is_read_back(value: dict[str, Any]) -> None:
    """Any object that Python can write as JSON comes back equal."""
    body = json.dumps(value).encode()

    if body.count(b"{") + body.count(b"[") <= 20:
        assert read(body) == value


@given(st.binary() | st.text(alphabet='{}[]",:\\u0dD8e19.-ntf ').map(str.encode), st.binary())
def test_no_body_is_anything_but_an_object_or_a_problem(body: bytes, content_type: bytes) -> None:
    """No input makes a bug of itself."""
    for declared in (JSON[1], content_type):
        try:
            value = read(body, content_type=declared)
        except Problem as problem:
            assert 400 <= problem.status < 500  # noqa: PT017
        else:
            assert value is None or isinstance(value, dict)


def test_discarded_body_may_be_of_any_size() -> None:
    """It is taken to its end, and the limit is for what is kept."""
    receive = sending(b"a" * LIMIT, b"b" * LIMIT, b"c")

    asyncio.run(_within(BodyReader(max_bytes=1).discard(CHUNKED, receive)))

    with pytest.raises(TimeoutError):  # nothing is left
        asyncio.run(_within(receive(), 0.05))


def test_discarded_body_that_is_too_slow_is_left() -> None:
    """Who waits for an answer gets one, and the connection ends with it."""
    slow = telling({"type": "http.request", "body": b"a", "more_body": True})

    asyncio.run(_within(BodyReader(max_bytes=1, seconds=0.01).discard(CHUNKED, slow)))


def test_discarding_no_body_waits_for_nothing() -> None:
    """A request without one is not asked for it."""
    asyncio.run(_within(BodyReader(max_bytes=1).discard({b"content-length": b"0"}, telling())))


def test_discarding_ends_with_the_connection() -> None:
    """Who has left sends no more."""
    left = telling({"type": "http.disconnect"})

    asyncio.run(_within(BodyReader(max_bytes=1).discard(CHUNKED, left)))


async def _within(awaiting: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        await awaiting
