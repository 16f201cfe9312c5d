"""Everybody's devices by the admin API: listed, shown, named, trusted, taken away."""

from __future__ import annotations

import pytest

from protekt_cli.engine import revocation
from protekt_cli.models import Caller
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator


def test_list_shows_devices_with_their_active_sessions(
    boss: Administrator, alice: Person, add_user: AddUser, clock: HandClock
) -> None:
    """Newest first, of everybody or of one user."""
    first = alice.login(Caller("192.0.2.1", "curl/8")).session
    alice.login(Caller(device_id=first.device_id))
    clock.advance(1)
    bob = add_user(alice.engine, "bob@example.com", alice.password)
    his = bob.login().session

    items = boss.get("devices")["items"]

    assert [item["id"] for item in items] == [his.device_id, first.device_id]
    assert items[1] == {
        "id": first.device_id,
        "userId": alice.id,
        "name": "curl",
        "kind": "program",
        "trusted": False,
        "ip": "192.0.2.1",
        "userAgent": "curl/8",
        "firstSeenAt": first.created_at,
        "lastSeenAt": first.created_at,
        "activeSessions": 2,
    }
    for user in (alice.email, alice.id, alice.id[:20]):
        assert boss.ids("devices", user=user) == [first.device_id]
    assert boss.ask("GET", "devices", user="nobody@example.com").code() == "not_found"


def test_device_is_found_by_the_start_of_its_id(boss: Administrator, alice: Person) -> None:
    """As it is listed."""
    device_id = alice.login().session.device_id

    shown = boss.get(f"devices/{device_id[:20]}")

    assert shown == boss.get("devices")["items"][0]


def test_update_names_and_trusts(boss: Administrator, alice: Person) -> None:
    """What is given; its sessions bear the name too, and live on."""
    grant = alice.login()
    path = f"devices/{grant.session.device_id}"

    named = boss.ask("PATCH", path, {"name": " work laptop ", "trusted": None})
    trusted = boss.ask("PATCH", path, {"trusted": True, "name": None})
    neither = boss.ask("PATCH", path, {})

    assert [each.status for each in (named, trusted, neither)] == [200] * 3
    assert (named.json()["name"], named.json()["trusted"]) == ("work laptop", False)
    assert trusted.json() == {**named.json(), "trusted": True}
    assert neither.json() == trusted.json() == boss.get(path)
    assert boss.get(f"sessions/{grant.session.id}")["device"]["name"] == "work laptop"
    assert boss.ask("PATCH", path, {"trusted": False}).json() == named.json()
    assert boss.app.ask("GET", "/v1/session", bearer=grant.access_token).status == 200


@pytest.mark.parametrize(
    "body",
    [None, {"name": ""}, {"name": "x" * 101}, {"name": 1}, {"trusted": "yes"}, {"kind": "tv"}],
)
def test_update_refuses_what_cannot_be(boss: Administrator, alice: Person, body: object) -> None:
    """And changes nothing."""
    path = f"devices/{alice.login().session.device_id}"
    before = boss.get(path)

    answered = boss.ask("PATCH", path, body)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert boss.get(path) == before


def test_delete_ends_the_devices_sessions(boss: Administrator, alice: Person) -> None:
    """Which keep its id and name; it is unlisted, and no login gets it again."""
    grant, other = alice.login(Caller(user_agent="curl/8")), alice.login()
    device_id = grant.session.device_id

    answered = boss.ask("DELETE", f"devices/{device_id[:25]}")

    refused = boss.app.ask("GET", "/v1/session", bearer=grant.access_token).json()
    again = alice.login(Caller(device_id=device_id)).session
    assert (answered.status, answered.body) == (204, b"")
    assert refused["endReason"] == "device_revoked"
    assert boss.get(f"sessions/{grant.session.id}")["device"] == {"id": device_id, "name": "curl"}
    assert device_id not in [again.device_id, *boss.ids("devices")]
    assert boss.app.ask("GET", "/v1/session", bearer=other.access_token).status == 200
    for type_ in ("device:revoke", "session:revoke"):
        assert [(e["actor"], e["deviceId"]) for e in boss.events(type_)] == [(boss.id, device_id)]


def test_delete_of_very_many_sessions_goes_on_to_the_last(
    boss: Administrator, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps between which others write; the device goes with the last."""
    device_id = alice.login().session.device_id
    for _ in range(6):
        alice.login(Caller(device_id=device_id))
    monkeypatch.setattr(revocation, "STEP", 3)

    boss.ask("DELETE", f"devices/{device_id}")

    assert boss.ids("sessions") == boss.ids("devices") == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_device_that_is_not_there_is_404(boss: Administrator, method: str) -> None:
    """And a start that is too short says so."""
    body = {"name": "x"} if method == "PATCH" else None

    unknown = boss.ask(method, "devices/dev_0000000000", body)
    short = boss.ask(method, "devices/dev_00", body)

    assert (unknown.status, unknown.code()) == (404, "not_found")
    assert (short.status, short.code()) == (400, "ambiguous_id")
