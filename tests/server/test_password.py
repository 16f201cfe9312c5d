"""Changing one's own password: everything ends, and one new session begins in its place."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.errors import InvalidCredentials
from protekt_cli.models import Caller, Grant, Scope
from tests.server.application import PASSWORD, Application
from tests.server.conftest import Start
from tests.server.talking import Answered

ALICE = "alice@example.com"
NEW = "down the rabbit hole"
OWN = (b"origin", b"http://127.0.0.1:8787")


@pytest.fixture
def app(start: Start) -> Application:
    """An application with one user, who may guess her own password three times."""
    app = start({"throttle.account_attempts": 3})
    app.add_user(ALICE)
    return app


def change(
    app: Application, grant: Grant, current: str = PASSWORD, new: str = NEW, **options: Any
) -> Answered:
    """Ask for a new password with the session's token."""
    body = {"currentPassword": current, "newPassword": new, **options.pop("more", {})}
    return app.ask("POST", "/v1/password", body, bearer=grant.access_token, **options)


def test_change_answers_a_new_session_and_ends_all_others(app: Application) -> None:
    """On the same device; the new password works, the old one does not."""
    here, there = app.log_in(ALICE), app.log_in(ALICE)

    answered = change(app, here)

    body = answered.json()
    assert (answered.status, answered.header(b"cache-control")) == (200, b"no-store")
    assert body["deviceId"] == here.session.device_id
    assert body["sessionId"] not in (here.session.id, there.session.id)
    for old in (here, there):
        refused = app.ask("GET", "/v1/session", bearer=old.access_token).json()
        assert refused["endReason"] == "password_changed"
    shown = app.ask("GET", "/v1/session", bearer=body["sessionToken"]).json()["session"]
    assert (shown["amr"], shown["ip"]) == (["pwd"], "192.0.2.7")
    refresh = {"refreshToken": body["refreshToken"]}
    assert app.ask("POST", "/v1/sessions/refresh", refresh).status == 200
    assert app.log_in(ALICE, NEW).user.id == here.user.id
    with pytest.raises(InvalidCredentials):
        app.log_in(ALICE)


def test_change_by_cookie_answers_in_cookies(app: Application) -> None:
    """The browser keeps the new tokens, and no script sees them."""
    login = {"type": "password", "email": ALICE, "password": PASSWORD, "cookies": True}
    logged_in = app.ask("POST", "/v1/sessions", login, headers=[OWN])
    cookies = [
        value.partition(b";")[0] for name, value in logged_in.headers if name == b"set-cookie"
    ]

    answered = app.ask(
        "POST",
        "/v1/password",
        {"currentPassword": PASSWORD, "newPassword": NEW},
        headers=[(b"cookie", cookies[0]), OWN],
    )

    body = answered.json()
    fresh = [value for name, value in answered.headers if name == b"set-cookie"]
    assert (answered.status, body["sessionToken"], body["refreshToken"]) == (200, None, None)
    assert [each.partition(b"=")[0] for each in fresh] == [
        b"session_token",
        b"refresh_token",
        b"device_id",
    ]
    jar = fresh[0].partition(b";")[0]
    shown = app.ask("GET", "/v1/session", headers=[(b"cookie", jar)]).json()["session"]
    assert shown["id"] == body["sessionId"]


def test_page_of_another_origin_changes_nothing(app: Application) -> None:
    """The browser adds the cookie, whoever asked."""
    grant = app.log_in(ALICE)
    cookie = (b"cookie", f"session_token={grant.access_token}".encode())

    answered = app.ask(
        "POST",
        "/v1/password",
        {"currentPassword": PASSWORD, "newPassword": NEW},
        headers=[cookie, (b"origin", b"https://evil.example")],
    )

    assert (answered.status, answered.code()) == (403, "forbidden")


def test_wrong_current_password_is_refused(app: Application) -> None:
    """As at login; nothing ends."""
    grant = app.log_in(ALICE)

    answered = change(app, grant, current="wonderland is not")

    assert (answered.status, answered.code()) == (401, "invalid_credentials")
    assert app.ask("GET", "/v1/session", bearer=grant.access_token).status == 200
    assert app.log_in(ALICE).user.id == grant.user.id


def test_whoever_guesses_is_stopped(app: Application) -> None:
    """By session: the right one is not looked at either any more."""
    thief, owner = app.log_in(ALICE), app.log_in(ALICE)
    guesses = [change(app, thief, current=f"guess number {n}").status for n in range(3)]

    answered = change(app, thief)

    assert guesses == [401] * 3
    assert (answered.status, answered.code()) == (429, "rate_limited")
    assert int(answered.header(b"retry-after") or 0) > 0
    assert change(app, owner).status == 200


@pytest.mark.parametrize("new", ["short", "x" * 1025])
def test_new_password_that_may_not_be_is_refused(app: Application, new: str) -> None:
    """It says why, however often; and does not count as a guess."""
    grant = app.log_in(ALICE)

    answered = [change(app, grant, new=new) for _ in range(4)]

    assert {(each.status, each.code()) for each in answered} == {(400, "invalid_request")}
    assert "the password is too" in answered[0].json()["detail"]
    assert change(app, grant).status == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"currentPassword": PASSWORD},
        {"newPassword": NEW},
        {"currentPassword": PASSWORD, "newPassword": None},
        {"currentPassword": PASSWORD, "newPassword": NEW, "email": ALICE},
    ],
)
def test_body_that_is_not_whole_is_refused(app: Application, body: object) -> None:
    """Naming the member."""
    grant = app.log_in(ALICE)

    answered = app.ask("POST", "/v1/password", body, bearer=grant.access_token)

    assert (answered.status, answered.code()) == (400, "invalid_request")


def test_without_a_session_nothing_is_changed(app: Application) -> None:
    """A key alone is no session either."""
    grant, key = app.log_in(ALICE), app.add_key(Scope.ADMIN)
    app.ask("POST", "/v1/sessions/revoke", bearer=grant.access_token)
    body = {"currentPassword": PASSWORD, "newPassword": NEW}

    by_key = app.ask("POST", "/v1/password", body, key=key)
    by_ended = change(app, grant)

    assert (by_key.status, by_key.json()["reason"]) == (401, "missing")
    assert (by_ended.status, by_ended.json()["reason"]) == (401, "session_revoked")


def test_backend_speaks_for_its_user(app: Application) -> None:
    """With an API key beside the bearer, and only then."""
    grant = app.log_in(ALICE, caller=Caller("198.51.100.1"))
    more = {"ip": "198.51.100.9", "userAgent": "Lynx/2"}

    refused = change(app, grant, more=more)
    answered = change(app, grant, more=more, key=app.add_key(Scope.CLIENT))

    token = answered.json()["sessionToken"]
    session = app.ask("GET", "/v1/session", bearer=token).json()["session"]
    assert (refused.status, refused.code()) == (400, "invalid_request")
    assert (session["ip"], session["userAgent"]) == ("198.51.100.9", "Lynx/2")
