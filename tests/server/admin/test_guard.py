"""Who may call the admin API: every path of it asks for a key that suffices, and asks first."""

from __future__ import annotations

import re

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.models import Scope
from protekt_cli.store import api_keys as key_table
from tests.conftest import HandClock
from tests.journeys.installation import until
from tests.server.admin.conftest import AddKey
from tests.server.application import Application

VERIFY = ("POST", "/v1/admin/tokens/verify")


def endpoints(app: Application) -> list[tuple[str, str]]:
    """Return method and path of every endpoint of the admin API, as the document lists them."""
    paths = app.ask("GET", "/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{.*?\}", "x", path))
        for path, methods in paths.items()
        if path.startswith("/v1/admin/")
        for method in methods
    ]


def test_without_a_key_everything_is_refused(app: Application) -> None:
    """Before a body is looked at, and where there is nothing too."""
    found = [*endpoints(app), ("GET", "/v1/admin/nothing"), ("PUT", "/v1/admin/keys")]
    assert VERIFY in found

    for method, path in found:
        answered = app.ask(method, path)

        assert (answered.status, answered.code()) == (401, "invalid_api_key"), (method, path)
        assert answered.header(b"www-authenticate") == b"Bearer"


def test_client_key_may_do_nothing_here(app: Application, client_key: str) -> None:
    """It belongs to an app, which anybody may take apart."""
    for method, path in endpoints(app):
        answered = app.ask(method, path, key=client_key)

        assert (answered.status, answered.code()) == (403, "forbidden"), (method, path)


def test_read_key_may_change_nothing(app: Application, read_key: str) -> None:
    """Whatever is no GET is refused, but for the verdict on a token."""
    for method, path in endpoints(app):
        if method == "GET" or (method, path) == VERIFY:
            continue
        answered = app.ask(method, path, key=read_key)

        assert (answered.status, answered.code()) == (403, "forbidden"), (method, path)


def test_key_is_asked_for_before_the_body_is_judged(app: Application, read_key: str) -> None:
    """Nobody learns from outside what a body should be."""
    body = {"nonsense": True}

    assert app.ask("POST", "/v1/admin/apikeys", body).code() == "invalid_api_key"
    assert app.ask("POST", "/v1/admin/apikeys", body, key=read_key).code() == "forbidden"


def uses_noted(engine: Engine) -> int:
    return sum(key.last_used_at is not None for key in engine.read(key_table.list_all))


@pytest.mark.parametrize(
    "path", ["/v1/admin/keys", "/v1/admin/apikeys", "/v1/admin/stats"], ids=lambda path: path[10:]
)
def test_read_key_sees_what_an_admin_key_sees(
    app: Application, engine: Engine, read_key: str, admin_key: str, path: str
) -> None:
    """And may ask with HEAD whether it is there."""
    for key in (read_key, admin_key):
        app.ask("GET", path, key=key)
    until(lambda: uses_noted(engine) == 2, "the first use of each to be noted")

    answers = [app.ask("GET", path, key=key) for key in (read_key, admin_key)]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert app.ask("HEAD", path, key=read_key).status == 200


def test_access_token_is_no_key(app: Application) -> None:
    """Whoever's it is: users have no part in the admin API."""
    answered = app.ask("GET", "/v1/admin/stats", bearer="ey.ey.ey")

    assert answered.code() == "invalid_api_key"


def test_key_of_an_administrator_does_not_belong_into_a_browser(
    app: Application, admin_key: str
) -> None:
    """A page that has one is refused, wherever it comes from."""
    for header in ((b"origin", b"http://127.0.0.1:8787"), (b"sec-fetch-site", b"same-origin")):
        answered = app.ask("GET", "/v1/admin/stats", key=admin_key, headers=[header])

        assert (answered.status, answered.code()) == (403, "forbidden")


def test_expired_key_is_unknown(app: Application, add_key: AddKey, clock: HandClock) -> None:
    """From the second of its expiry."""
    _, key = add_key(Scope.ADMIN, 60)
    clock.advance(59)
    before = app.ask("GET", "/v1/admin/stats", key=key).status
    clock.advance(1)

    answered = app.ask("GET", "/v1/admin/stats", key=key)

    assert before == 200
    assert answered.code() == "invalid_api_key"


def test_key_may_come_as_a_bearer_credential(app: Application, admin_key: str) -> None:
    """As programs send it that know no header of ours."""
    assert app.ask("GET", "/v1/admin/stats", bearer=admin_key).status == 200
