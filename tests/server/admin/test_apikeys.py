"""API keys by the admin API: shown in one answer, listed without, unknown when revoked."""

from __future__ import annotations

import re

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.models import ApiKey
from tests.recorded import list_recorded
from tests.server.admin import paged
from tests.server.application import Application

PATH = "/v1/admin/apikeys"
FIELDS = {"id", "name", "scope", "createdAt", "expiresAt"}


def test_create_shows_the_key_once(app: Application, admin_key: str) -> None:
    """It works at once, and no cache keeps the answer."""
    answered = app.ask("POST", PATH, {"name": "web"}, key=admin_key)

    made = answered.json()
    assert (answered.status, answered.header(b"cache-control")) == (201, b"no-store")
    assert set(made) == FIELDS | {"key"}
    assert (made["name"], made["scope"], made["expiresAt"]) == ("web", "client", None)
    assert re.fullmatch("pk_[A-Za-z0-9_-]{43}", made["key"])
    assert app.ask("GET", "/v1/admin/stats", key=made["key"]).code() == "forbidden"
    assert made["key"].encode() not in app.ask("GET", PATH, key=admin_key).body


@pytest.mark.parametrize("expires_in", ["1h30m", 5400, "5400"])
def test_create_takes_scope_and_expiry(
    app: Application, admin_key: str, expires_in: object
) -> None:
    """The expiry is a duration, or seconds."""
    body = {"name": "web", "scope": "read", "expiresIn": expires_in}

    made = app.ask("POST", PATH, body, key=admin_key).json()

    assert (made["scope"], made["expiresAt"] - made["createdAt"]) == ("read", 5400)


def test_null_counts_as_left_out(app: Application, admin_key: str) -> None:
    """A client key without expiry, as if nothing had been said."""
    body = {"name": "web", "scope": None, "expiresIn": None}

    made = app.ask("POST", PATH, body, key=admin_key).json()

    assert (made["scope"], made["expiresAt"]) == ("client", None)


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "web", "scope": "root"}, "scope"),
        ({"name": "web", "expiresIn": 0}, "expires"),
        ({"name": "web", "expiresIn": -1}, "expiresIn"),
        ({"name": "web", "expiresIn": 1.5}, "expiresIn"),
        ({"name": "web", "expiresIn": True}, "expiresIn"),
        ({"name": "web", "expiresIn": "soon"}, "expiresIn"),
        ({"name": "web", "expires_in": 5}, "expires_in"),
        ({"name": "web", "key": "pk_mine"}, "key"),
    ],
)
def test_create_refuses_what_is_no_key(
    app: Application, admin_key: str, body: object, member: str
) -> None:
    """The refusal names the member, and none is made."""
    answered = app.ask("POST", PATH, body, key=admin_key)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert member in answered.json()["detail"]
    assert len(app.ask("GET", PATH, key=admin_key).json()["items"]) == 1


def test_list_shows_no_key(app: Application, admin: tuple[ApiKey, str]) -> None:
    """The members of a key and when it was last used."""
    key, presented = admin

    answered = app.ask("GET", PATH, key=presented)

    (listed,) = answered.json()["items"]
    assert set(listed) == FIELDS | {"lastUsedAt"}
    assert (listed["id"], listed["name"], listed["scope"]) == (key.id, key.name, "admin")
    assert b"pk_" not in answered.body


def test_list_is_paged(app: Application, admin_key: str) -> None:
    """The newest first, each once."""
    for number in range(6):
        app.ask("POST", PATH, {"name": str(number)}, key=admin_key)

    found = paged.everything(app, PATH, admin_key, limit=3)

    assert len(found) == 7
    assert [each["id"] for each in found] == sorted((each["id"] for each in found), reverse=True)


def test_revoked_key_is_unknown_afterwards(app: Application, admin_key: str) -> None:
    """It is refused at once, listed no more, and 404 for whoever revokes it again."""
    made = app.ask("POST", PATH, {"name": "web", "scope": "admin"}, key=admin_key).json()
    before = app.ask("GET", PATH, key=made["key"]).status

    answered = app.ask("DELETE", f"{PATH}/{made['id']}", key=admin_key)

    assert (before, answered.status, answered.body) == (200, 204, b"")
    assert app.ask("GET", PATH, key=made["key"]).code() == "invalid_api_key"
    assert len(app.ask("GET", PATH, key=admin_key).json()["items"]) == 1
    assert app.ask("DELETE", f"{PATH}/{made['id']}", key=admin_key).code() == "not_found"


def test_key_may_revoke_itself(app: Application, admin: tuple[ApiKey, str]) -> None:
    """It is the last that it does."""
    key, presented = admin

    assert app.ask("DELETE", f"{PATH}/{key.id}", key=presented).status == 204
    assert app.ask("GET", PATH, key=presented).code() == "invalid_api_key"


def test_revoke_takes_the_start_of_an_id(app: Application, admin_key: str) -> None:
    """One that is too short is ambiguous, an unknown one and a kid are not found."""
    made = app.ask("POST", PATH, {"name": "web"}, key=admin_key).json()

    def revoke(text: str) -> tuple[int, str]:
        answered = app.ask("DELETE", f"{PATH}/{text}", key=admin_key)
        return answered.status, "" if answered.status == 204 else answered.code()

    assert revoke("apikey_0") == (400, "ambiguous_id")
    assert revoke("apikey_00000000") == (404, "not_found")
    assert revoke("key_00000000") == (404, "not_found")
    assert revoke(made["id"][:-3]) == (204, "")


def test_events_name_the_key_that_asked(
    app: Application, engine: Engine, admin: tuple[ApiKey, str]
) -> None:
    """And the key that it was about, but no key."""
    key, presented = admin
    made = app.ask("POST", PATH, {"name": "web"}, key=presented).json()
    app.ask("DELETE", f"{PATH}/{made['id']}", key=presented)

    recorded = [each.event for each in engine.read(list_recorded)]

    assert [(event.type, event.actor, event.data["id"]) for event in recorded[1:]] == [
        ("apikey:create", key.id, made["id"]),
        ("apikey:revoke", key.id, made["id"]),
    ]
    assert made["key"] not in repr(recorded)
