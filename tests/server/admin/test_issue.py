"""Sessions that an administrator issues: what is answered, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.core import base64url, strict_json
from tests.conftest import Person
from tests.server.admin.asking import Administrator


def claims_of(token: str) -> dict[str, Any]:
    """Return what an access token says."""
    claims: dict[str, Any] = strict_json.loads(base64url.decode(token.split(".")[1]))
    return claims


def test_issue_answers_as_a_login_does(boss: Administrator, alice: Person) -> None:
    """With a session that works, made by an administrator for a program's key."""
    answered = boss.ask("POST", "sessions", {"userId": alice.email})

    issued = answered.json()
    shown = boss.app.ask("GET", "/v1/session", bearer=issued["sessionToken"]).json()["session"]
    refreshed = boss.app.ask(
        "POST", "/v1/sessions/refresh", {"refreshToken": issued["refreshToken"]}
    )
    assert (answered.status, answered.header(b"cache-control")) == (201, b"no-store")
    assert issued["user"] == {"id": alice.id, "email": alice.email, "name": None}
    assert (issued["tokenType"], issued["expiresIn"]) == ("Bearer", 3600)
    assert (shown["amr"], shown["ip"]) == (["admin"], None)
    assert shown["device"] == {"id": issued["deviceId"], "name": "issued by an administrator"}
    assert claims_of(issued["sessionToken"])["client_id"] == boss.id
    assert refreshed.status == 200
    assert [e["actor"] for e in boss.events("session:create")] == [boss.id]


def test_issue_takes_lifetime_claims_and_device(boss: Administrator, alice: Person) -> None:
    """The lifetime is the first access token's; the device may be one of the user's own."""
    own = alice.login().session.device_id
    body = {"userId": alice.id[:20], "ttl": "5m", "claims": {"role": "editor", "n": [1]}}

    named = boss.ask("POST", "sessions", {**body, "device": {"name": "ci"}}).json()
    again = boss.ask("POST", "sessions", {**body, "ttl": 300, "device": {"id": own}}).json()
    other = boss.ask("POST", "sessions", {**body, "device": {"id": "dev_0"}}).json()

    claims = claims_of(named["sessionToken"])
    assert (claims["role"], claims["n"], claims["amr"]) == ("editor", [1], ["admin"])
    assert named["expiresIn"] == again["expiresIn"] == 300
    assert boss.get(f"devices/{named['deviceId']}")["name"] == "ci"
    assert again["deviceId"] == own
    assert other["deviceId"] not in (own, "dev_0")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"userId": None}, 400, "invalid_request"),
        ({"userId": "nobody@example.com"}, 404, "not_found"),
        ({"userId": "user_00000000"}, 404, "not_found"),
        ({"userId": "user_01"}, 400, "ambiguous_id"),
        ({"ttl": 0}, 400, "invalid_request"),
        ({"ttl": "-5m"}, 400, "invalid_request"),
        ({"ttl": True}, 400, "invalid_request"),
        ({"ttl": "soon"}, 400, "invalid_request"),
        ({"claims": {"sub": "user_1"}}, 400, "invalid_request"),
        ({"claims": []}, 400, "invalid_request"),
        ({"device": "ci"}, 400, "invalid_request"),
        ({"amr": ["pwd"]}, 400, "invalid_request"),
    ],
)
def test_issue_refuses_what_cannot_be(
    boss: Administrator, alice: Person, body: dict[str, object], status: int, code: str
) -> None:
    """And creates nothing."""
    whole = body if "userId" in body or not body else {"userId": alice.id, **body}

    answered = boss.ask("POST", "sessions", whole)

    assert (answered.status, answered.code()) == (status, code)
    assert boss.ids("sessions", status="all") == boss.ids("devices") == []


def test_issue_for_a_disabled_user_is_a_conflict(boss: Administrator, alice: Person) -> None:
    """Enable the user first."""
    boss.ask("PATCH", f"users/{alice.id}", {"status": "disabled"})

    answered = boss.ask("POST", "sessions", {"userId": alice.id})

    assert (answered.status, answered.code()) == (409, "conflict")


def test_issue_takes_null_for_what_may_be_left_out(boss: Administrator, alice: Person) -> None:
    """As everywhere."""
    body = {"userId": alice.id, "ttl": None, "claims": None, "device": None}

    assert boss.ask("POST", "sessions", body).status == 201
