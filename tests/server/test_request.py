"""A request gives its credentials as they were sent, and its peer in the one spelling."""

from __future__ import annotations

import pytest

from protekt_cli.errors import InvalidRequest
from protekt_cli.server.answer import Header
from protekt_cli.server.body import BodyReader
from protekt_cli.server.request import Request
from tests.server.talking import HOST, scope_of, telling


def request_of(*headers: Header, target: str = "/", client: str = "192.0.2.7") -> Request:
    scope = scope_of("GET", target, [HOST, *headers], client)
    return Request(scope, telling(), BodyReader(max_bytes=1000))


def authorization(value: bytes) -> Header:
    return (b"authorization", value)


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bEARER abc", "abc"),
        (b"Bearer a b", "a b"),
        (b"Bearer  abc", " abc"),
        (b"Bearer", ""),
        (b"Bearer ", ""),
        (b"Basic abc", None),
        (b"Bearerabc", None),
        (b"Bearer pk_abc", None),
    ],
)
def test_bearer_is_what_was_sent(value: bytes, token: str | None) -> None:
    """Nothing is taken off: what is wrong with it is for the judge of tokens."""
    assert request_of(authorization(value)).bearer() == token


def test_two_api_keys_are_refused() -> None:
    """One of them would go unjudged, whatever it is worth."""
    request = request_of((b"x-api-key", b"pk_abc"), authorization(b"Bearer pk_abd"))

    with pytest.raises(InvalidRequest):
        request.refuse_stray_credentials()


def test_bearer_without_a_header_is_none() -> None:
    """No credential is none, not an empty one."""
    assert request_of().bearer() is None


def test_two_authorization_headers_are_refused() -> None:
    """Which of the two would count is nobody's guess, even where they are equal."""
    request = request_of(authorization(b"Bearer a"), authorization(b"Bearer a"))

    with pytest.raises(InvalidRequest):
        request.bearer()


@pytest.mark.parametrize(
    "query", ["access_token=x", "a=b&token=", "sessionToken", "access%5Ftoken=x"]
)
def test_token_in_the_query_is_refused(query: str) -> None:
    """However it is spelled, and whether or not it is good."""
    with pytest.raises(InvalidRequest):
        request_of(target=f"/?{query}").refuse_stray_credentials()


def test_other_queries_are_no_credentials() -> None:
    """Only the names of tokens are refused."""
    request_of(target="/?status=all&tokens=3").refuse_stray_credentials()


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ((b"x-api-key", b"pk_abc"), "pk_abc"),
        ((b"x-api-key", b""), ""),
        (authorization(b"Bearer pk_abc"), "pk_abc"),
        (authorization(b"Bearer abc"), None),
    ],
)
def test_api_key_comes_in_either_header(header: Header, key: str | None) -> None:
    """A bearer credential is an API key by its prefix."""
    assert request_of(header).api_key() == key


def test_repeated_header_is_joined_and_known() -> None:
    """A list is one value (RFC 9110, 5.3); whether it came in one piece can still be asked."""
    request = request_of((b"x-one", b"1"), (b"x-two", b"2"), (b"x-one", b"3"))

    assert request.header(b"x-one") == "1, 3"
    assert request.is_repeated(b"x-one")
    assert not request.is_repeated(b"x-two")


def test_cookies_in_two_headers_are_joined_as_cookies() -> None:
    """Cookies are split at semicolons only (RFC 6265, 5.4)."""
    assert request_of((b"cookie", b"a=1"), (b"cookie", b"b=2")).header(b"cookie") == "a=1; b=2"


def test_peer_has_one_spelling() -> None:
    """A dual-stack socket gives IPv4 addresses as mapped ones."""
    assert request_of(client="::ffff:192.0.2.7").peer == "192.0.2.7"
