"""One's own devices: listed, shown, named and taken away; never somebody else's."""

from __future__ import annotations

import pytest

from protekt_cli.engine import revocation
from protekt_cli.models import Caller, Event, Grant
from protekt_cli.store import devices as device_table
from tests.recorded import list_recorded
from tests.server.application import Application
from tests.server.conftest import Start

ALICE, BOB = "alice@example.com", "bob@example.com"
ORIGIN = (b"origin", b"http://127.0.0.1:8787")


@pytest.fixture
def app(start: Start) -> Application:
    """An application with two users."""
    app = start()
    app.add_user(ALICE)
    app.add_user(BOB)
    return app


def by_cookie(grant: Grant) -> list[tuple[bytes, bytes]]:
    """Return the headers of a page of this server whose browser has the session's cookie."""
    return [(b"cookie", f"session_token={grant.access_token}".encode()), ORIGIN]


def events_of(app: Application, type_: str) -> list[Event]:
    everything = app.engine.read(list_recorded)
    return [each.event for each in everything if each.event.type == type_]


def test_list_shows_the_callers_devices(app: Application) -> None:
    """Newest first, each with how many of its sessions are active."""
    one = app.log_in(ALICE, caller=Caller(user_agent="curl/8"))
    app.log_in(ALICE, caller=Caller(device_id=one.session.device_id))
    other = app.log_in(ALICE, caller=Caller(user_agent="HTTPie/3"))
    app.log_in(BOB)

    answered = app.ask("GET", "/v1/devices", bearer=one.access_token)

    found = answered.json()["devices"]
    assert (answered.status, set(answered.json())) == (200, {"devices"})
    assert answered.header(b"cache-control") == b"no-store"
    assert {each["id"]: (each["name"], each["activeSessions"]) for each in found} == {
        one.session.device_id: ("curl", 2),
        other.session.device_id: ("HTTPie", 1),
    }
    assert [each["id"] for each in found] == sorted((each["id"] for each in found), reverse=True)


def test_device_is_shown_bare(app: Application) -> None:
    """As it stands in the list; by the cookie as by the bearer header."""
    grant = app.log_in(ALICE)
    listed = app.ask("GET", "/v1/devices", bearer=grant.access_token).json()["devices"]

    answered = app.ask("GET", f"/v1/devices/{grant.session.device_id}", headers=by_cookie(grant))

    assert (answered.status, [answered.json()]) == (200, listed)


def test_rename_shows_in_the_sessions_too(app: Application) -> None:
    """And answers the device."""
    grant = app.log_in(ALICE)
    path = f"/v1/devices/{grant.session.device_id}"

    answered = app.ask("PATCH", path, {"name": " my laptop "}, bearer=grant.access_token)

    session = app.ask("GET", "/v1/session", bearer=grant.access_token).json()["session"]
    assert (answered.status, answered.json()["name"]) == (200, "my laptop")
    assert answered.json() == app.ask("GET", path, bearer=grant.access_token).json()
    assert session["device"]["name"] == "my laptop"


@pytest.mark.parametrize(
    "body", [None, {}, {"name": None}, {"name": " "}, {"name": "x" * 101}, {"trusted": True}]
)
def test_rename_refuses_what_is_no_name(app: Application, body: object) -> None:
    """To trust a device is for an administrator."""
    grant = app.log_in(ALICE)
    path = f"/v1/devices/{grant.session.device_id}"

    answered = app.ask("PATCH", path, body, bearer=grant.access_token)

    assert (answered.status, answered.code()) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_device_of_somebody_else_is_as_good_as_none(app: Application, method: str) -> None:
    """Nobody learns which ids there are; and ids are not to be cut here."""
    hers, his = app.log_in(ALICE), app.log_in(BOB)
    own, body = hers.session.device_id, {"name": "mine"} if method == "PATCH" else None

    answered = [
        app.ask(method, f"/v1/devices/{id_}", body, bearer=hers.access_token)
        for id_ in (his.session.device_id, "dev_0", own[:20])
    ]

    assert [(each.status, each.code()) for each in answered] == [(404, "not_found")] * 3
    assert len({each.json()["detail"] for each in answered}) == 1
    device = app.engine.read(lambda view: device_table.find(view, his.session.device_id))
    assert device is not None
    assert device.name == his.session.device_name


def test_delete_ends_the_devices_sessions(app: Application) -> None:
    """The others of the same user live on; a login that names it gets a new one."""
    here, there = app.log_in(ALICE), app.log_in(ALICE)
    device_id = there.session.device_id

    answered = app.ask("DELETE", f"/v1/devices/{device_id}", bearer=here.access_token)

    refused = app.ask("GET", "/v1/session", bearer=there.access_token).json()
    again = app.log_in(ALICE, caller=Caller(device_id=device_id))
    assert (answered.status, answered.body) == (204, b"")
    assert refused["endReason"] == "device_revoked"
    assert app.ask("GET", "/v1/session", bearer=here.access_token).status == 200
    assert app.ask("GET", f"/v1/devices/{device_id}", bearer=here.access_token).status == 404
    assert again.session.device_id != device_id
    (event,) = events_of(app, "device:revoke")
    assert (event.actor, event.device_id, event.ip) == (here.user.id, device_id, "192.0.2.7")


def test_delete_of_the_callers_own_device_ends_its_own_session(app: Application) -> None:
    """Last of all, so that its token does for every step; a browser's tokens are cleared."""
    grant = app.log_in(ALICE)
    device_id = grant.session.device_id
    for _ in range(4):
        app.log_in(ALICE, caller=Caller(device_id=device_id))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revocation, "STEP", 2)
        answered = app.ask("DELETE", f"/v1/devices/{device_id}", headers=by_cookie(grant))

    cleared = [value for name, value in answered.headers if name == b"set-cookie"]
    ended = [event.session_id for event in events_of(app, "session:revoke")]
    assert answered.status == 204
    assert [each.partition(b";")[0] for each in cleared] == [b"session_token=", b"refresh_token="]
    assert (len(ended), ended[-1]) == (5, grant.session.id)
    assert app.ask("GET", "/v1/session", bearer=grant.access_token).status == 401
    assert app.engine.read(lambda view: device_table.find(view, device_id)) is None


def test_delete_of_another_device_clears_no_cookie(app: Application) -> None:
    """The caller's own session lives on."""
    here, there = app.log_in(ALICE), app.log_in(ALICE)

    answered = app.ask("DELETE", f"/v1/devices/{there.session.device_id}", headers=by_cookie(here))

    assert answered.status == 204
    assert not any(name == b"set-cookie" for name, _ in answered.headers)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x")]
)
def test_without_a_session_nothing_is_shown(app: Application, method: str, path: str) -> None:
    """Nor with one that has ended."""
    grant = app.log_in(ALICE)
    app.ask("POST", "/v1/sessions/revoke", bearer=grant.access_token)
    body = {"name": "x"} if method == "PATCH" else None

    answered = [
        app.ask(method, f"/v1/devices{path}", body, bearer=each)
        for each in (None, "x", grant.access_token)
    ]

    assert [each.json()["reason"] for each in answered] == [
        "missing",
        "malformed",
        "session_revoked",
    ]
    assert {each.status for each in answered} == {401}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_page_of_another_origin_changes_nothing(app: Application, method: str) -> None:
    """The browser adds the cookie, whoever asked."""
    grant = app.log_in(ALICE)
    cookie, _ = by_cookie(grant)
    body = {"name": "x"} if method == "PATCH" else None

    answered = app.ask(
        method,
        f"/v1/devices/{grant.session.device_id}",
        body,
        headers=[cookie, (b"origin", b"https://evil.example")],
    )

    assert (answered.status, answered.code()) == (403, "forbidden")
