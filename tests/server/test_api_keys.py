"""API keys on the way in: who may come with one, and what an app's backend may say with it."""

from __future__ import annotations

import json

import pytest

from protekt_cli.core import jws
from protekt_cli.engine import api_keys
from protekt_cli.models import Scope
from protekt_cli.server.answer import Header
from tests.server.application import PASSWORD, Application
from tests.server.conftest import Start

LOGIN = {"type": "password", "email": "alice@example.com", "password": PASSWORD}


@pytest.fixture
def app(start: Start) -> Application:
    app = start()
    app.add_user("alice@example.com")
    return app


@pytest.mark.parametrize("path", ["/v1/sessions", "/.well-known/jwks.json", "/v1/session", "/none"])
@pytest.mark.parametrize("name", ["x-api-key", "authorization"])
def test_unknown_key_is_refused_on_every_path(app: Application, path: str, name: str) -> None:
    """Also where none is needed: a program whose key was revoked must hear of it."""
    scheme = "Bearer " if name == "authorization" else ""
    header = (name.encode(), f"{scheme}pk_{'A' * 43}".encode())

    answered = app.ask("GET", path, headers=[header])

    assert (401, "invalid_api_key") == (answered.status, answered.code())
    assert b"Bearer" == answered.header(b"www-authenticate")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_ignores_keys(app: Application, path: str) -> None:
    """Whether the server lives does not depend on who asks."""
    assert 200 == app.ask("GET", path, key="pk_nonsense").status


@pytest.mark.parametrize(
    "header", [(b"origin", b"https://a.example"), (b"sec-fetch-site", b"none")]
)
@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.CLIENT, 200), (Scope.READ, 403), (Scope.ADMIN, 403)]
)
def test_powerful_key_does_not_belong_into_a_browser(
    app: Application, header: Header, scope: Scope, status: int
) -> None:
    """A page that holds such a key has given it to all its visitors."""
    answered = app.ask("GET", "/.well-known/jwks.json", key=app.add_key(scope), headers=[header])

    assert status == answered.status


def test_required_key_is_asked_for_where_apps_call(start: Start) -> None:
    """Login, refresh and validate; a person's own session needs none."""
    app = start({"server.require_api_key": True})
    app.add_user("alice@example.com")
    grant = app.log_in("alice@example.com")
    calls = [
        ("/v1/sessions", LOGIN),
        ("/v1/sessions/refresh", {"refreshToken": grant.refresh_token}),
        ("/v1/sessions/validate", {"sessionToken": grant.access_token}),
    ]

    without = [app.ask("POST", path, body).code() for path, body in calls]
    key = app.add_key(Scope.CLIENT)
    with_key = [app.ask("POST", path, body, key=key).status for path, body in calls]
    own = app.ask("GET", "/v1/session", bearer=grant.access_token)

    assert ["invalid_api_key"] * 3 == without
    assert [201, 200, 200] == with_key
    assert 200 == own.status


def test_backend_speaks_for_its_user(app: Application) -> None:
    """What it says of the user stands everywhere for its own address and program."""
    key = app.add_key(Scope.CLIENT)
    said = {"ip": "::ffff:198.51.100.1", "userAgent": "Firefox/130"}

    granted = app.ask("POST", "/v1/sessions", {**LOGIN, **said}, key=key).json()
    session = app.ask("GET", "/v1/session", bearer=granted["sessionToken"]).json()["session"]

    assert ("198.51.100.1", "Firefox/130") == (session["ip"], session["userAgent"])


def test_backend_that_says_no_address_has_none(app: Application) -> None:
    """Its own address is none of its user's."""
    key = app.add_key(Scope.CLIENT)

    granted = app.ask("POST", "/v1/sessions", LOGIN, key=key).json()
    session = app.ask("GET", "/v1/session", bearer=granted["sessionToken"]).json()["session"]

    assert session["ip"] is None


@pytest.mark.parametrize("member", ["ip", "userAgent"])
def test_nobody_else_says_where_a_user_is(app: Application, member: str) -> None:
    """Without a key it is refused, at login and at refresh."""
    grant = app.log_in("alice@example.com")
    refresh = {"refreshToken": grant.refresh_token}

    answers = [
        app.ask("POST", path, {**body, member: "198.51.100.1"})
        for path, body in (("/v1/sessions", LOGIN), ("/v1/sessions/refresh", refresh))
    ]

    assert ["invalid_request"] * 2 == [answered.code() for answered in answers]


@pytest.mark.parametrize("address", ["nowhere", "", "1.2.3", "198.51.100.1, 6.6.6.6"])
def test_address_that_is_none_is_refused(app: Application, address: str) -> None:
    """What a backend copied from a header whole is not guessed at."""
    answered = app.ask("POST", "/v1/sessions", {**LOGIN, "ip": address}, key=app.add_key())

    assert (400, "invalid_request") == (answered.status, answered.code())


def test_session_names_the_client_that_asked(app: Application) -> None:
    """`client_id` is the key's id, else the server's own name (RFC 9068 2.2)."""
    with_key = app.ask("POST", "/v1/sessions", LOGIN, key=app.add_key()).json()["sessionToken"]
    without = app.ask("POST", "/v1/sessions", LOGIN).json()["sessionToken"]

    clients = [jws.parse(token).payload["client_id"] for token in (with_key, without)]

    assert clients[0].startswith("apikey_")
    assert "protekt" == clients[1]


def test_use_of_a_key_is_noted(app: Application) -> None:
    """Whoever looks at the list of keys sees which of them nobody uses."""
    app.ask("GET", "/.well-known/jwks.json", key=app.add_key())
    app.close()  # whatever waits is written

    [key] = app.engine.read(api_keys.list_all)

    assert key.created_at == key.last_used_at


def test_key_alone_is_no_session(app: Application) -> None:
    """Where a session's token is wanted, a key is as good as nothing."""
    answered = app.ask("GET", "/v1/session", key=app.add_key())

    assert (401, "missing") == (answered.status, json.loads(answered.body)["reason"])
