"""A form is read strictly: known parameters once, unknown ones not at all, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from protekt_cli.errors import InvalidRequest
from protekt_cli.server.answer import Header
from protekt_cli.server.body import BodyReader
from protekt_cli.server.forms import MAX_PARAMETERS, Form, read_form
from protekt_cli.server.problems import PayloadTooLarge, UnsupportedMediaType
from protekt_cli.server.request import Request
from tests.server.talking import HOST, scope_of, sending

FORM = b"application/x-www-form-urlencoded"


class Taste(Form):
    """A form as an endpoint has one."""

    sweet: str
    sour: str | None = None


def read(
    body: bytes, *headers: Header, content_type: bytes | None = FORM
) -> tuple[str, str | None]:
    fields = [HOST, (b"content-length", str(len(body)).encode()), *headers]
    if content_type is not None:
        fields.append((b"content-type", content_type))
    request = Request(scope_of("POST", "/", fields), sending(body), BodyReader(max_bytes=1000))
    form = asyncio.run(read_form(request, Taste))
    return form.sweet, form.sour


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"sweet=plum", ("plum", None)),
        (b"sour=lime&sweet=plum", ("plum", "lime")),
        (b"sweet=a+b%20c%26d%3De", ("a b c&d=e", None)),
        (b"sweet=Zo%C3%AB", ("Zoë", None)),
        ("sweet=Zoë".encode(), ("Zoë", None)),
        (b"%73weet=plum", ("plum", None)),
        (b"sweet=1%zz", ("1%zz", None)),
    ],
)
def test_parameters_are_decoded(body: bytes, expected: tuple[str, str | None]) -> None:
    """As a browser or a client library encodes them."""
    assert expected == read(body)


def test_unknown_parameters_are_ignored() -> None:
    """Also where they come twice: what they mean, and how often, is not known here."""
    assert ("plum", None) == read(b"resource=a&sweet=plum&resource=b&flag")


@pytest.mark.parametrize("body", [b"sweet=plum&sour", b"sweet=plum&sour=", b"&&sweet=plum&"])
def test_parameter_without_a_value_did_not_come(body: bytes) -> None:
    """RFC 6749 (3.2) has it so."""
    assert ("plum", None) == read(body)


@pytest.mark.parametrize(
    "body", [b"sweet=a&sweet=b", b"sweet=a&sweet=a", b"sweet=a&sweet=", b"sweet=a&%73weet=b"]
)
def test_parameter_that_comes_twice_is_refused(body: bytes) -> None:
    """However it is spelled, and whatever the second one says."""
    with pytest.raises(InvalidRequest, match="twice"):
        read(body)


@pytest.mark.parametrize("body", [b"", b"sour=lime", b"sweet=", b"sweet"])
def test_missing_parameter_is_named(body: bytes) -> None:
    """Whoever forgot it reads which one it is."""
    with pytest.raises(InvalidRequest, match="sweet"):
        read(body)


def test_missing_parameter_is_named_where_there_is_no_body_at_all() -> None:
    """What is not there needs no type."""
    with pytest.raises(InvalidRequest, match="sweet"):
        read(b"", content_type=None)


@pytest.mark.parametrize("body", [b"sweet=%ff", b"sweet=\xff", b"sweet=a" + b"&b" * MAX_PARAMETERS])
def test_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    """What is not UTF-8, or has parameters without end."""
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read(body)


@pytest.mark.parametrize(
    "content_type",
    [
        b"Application/X-WWW-Form-URLEncoded",
        FORM + b";charset=UTF-8",
        FORM + b' ; charset="utf-8"',
    ],
)
def test_type_may_say_more(content_type: bytes) -> None:
    """Clients name a charset there."""
    assert ("plum", None) == read(b"sweet=plum", content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    [None, b"application/json", b"text/plain", b"multipart/form-data; boundary=x", FORM + b"x"],
)
def test_body_of_another_type_is_refused(content_type: bytes | None) -> None:
    """Though it might look like a form."""
    with pytest.raises(InvalidRequest, match="not a form"):
        read(b"sweet=plum", content_type=content_type)


def test_encoded_body_is_refused() -> None:
    """Nothing is unpacked here."""
    with pytest.raises(UnsupportedMediaType):
        read(b"sweet=plum", (b"content-encoding", b"gzip"))


def test_body_has_the_limit_of_any_other() -> None:
    """There is one reader of bodies."""
    with pytest.raises(PayloadTooLarge):
        read(b"sweet=" + b"a" * 1000)
