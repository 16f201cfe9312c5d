"""Bodies are taken to the letter, and refusals name the member that is wrong."""

from __future__ import annotations

import asyncio

import pytest

from protekt_cli.server.body import BodyReader
from protekt_cli.server.problems import UnsupportedMediaType
from tests.server.application import Application
from tests.server.conftest import Start
from tests.server.talking import sending


@pytest.fixture
def app(start: Start) -> Application:
    app = start()
    app.add_user("alice@example.com")
    return app


@pytest.mark.parametrize("value", [1, 1.0, False, "true"])
def test_what_equals_true_is_not_true(app: Application, value: object) -> None:
    """A selector that ends every session is not taken by a number."""
    grant = app.log_in("alice@example.com")
    key = app.add_key()

    own = app.ask("POST", "/v1/sessions/revoke", {"all": value}, bearer=grant.access_token)
    every = app.ask("POST", "/v1/admin/sessions/revoke", {"all": value}, key=key)

    assert [400, 400] == [own.status, every.status]
    assert 200 == app.ask("GET", "/v1/session", bearer=grant.access_token).status


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/admin/keys/rotate", {"algorithm": "none"}, "'ES256'"),
        ("/v1/admin/sessions", {"userId": "a", "ttl": []}, "ttl: "),
        ("/v1/admin/sessions/revoke", {}, "userId"),
    ],
)
def test_refusal_is_in_the_words_of_the_request(
    app: Application, path: str, body: object, said: str
) -> None:
    """Members and values as they are written, without the checker's own words."""
    detail = app.ask("POST", path, body, key=app.add_key()).json()["detail"]

    assert said in detail
    assert "Value error" not in detail
    assert ".str" not in detail


def read(media_type: bytes) -> object:
    fields = {b"content-type": media_type, b"content-length": b"2"}
    return asyncio.run(BodyReader(max_bytes=10).read_json(fields, sending(b"{}")))


def test_parameter_of_the_type_is_no_matter() -> None:
    """But a charset that is not UTF-8 is."""
    assert {} == read(b'application/json; foo=bar; charset="UTF-8"')
    with pytest.raises(UnsupportedMediaType):
        read(b"application/json; foo=bar; charset=utf-16")
