"""Signing keys by the admin API: what is listed, and what rotating and revoking answer."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.models import ApiKey
from tests.conftest import Person
from tests.recorded import list_recorded
from tests.server.admin import paged
from tests.server.application import Application

PATH = "/v1/admin/keys"


def listed(app: Application, key: str) -> dict[str, dict[str, Any]]:
    """Return the latest key of each status there is."""
    return {each["status"]: each for each in reversed(paged.everything(app, PATH, key))}


def test_list_names_every_key_the_newest_first(app: Application, admin_key: str) -> None:
    """Its members, and nothing sealed; in pages as other lists."""
    app.ask("POST", f"{PATH}/rotate", key=admin_key)

    found = paged.everything(app, PATH, admin_key, limit=2)

    assert [set(each) for each in found] == [
        {"kid", "algorithm", "status", "createdAt", "retiredAt"}
    ] * 3
    assert [each["kid"] for each in found] == sorted((each["kid"] for each in found), reverse=True)
    assert {each["status"] for each in found} == {"next", "active", "retired"}


@pytest.mark.parametrize("body", [None, {}, {"algorithm": None}], ids=str)
def test_rotate_lets_the_next_key_sign(
    app: Application, admin_key: str, alice: Person, body: object
) -> None:
    """The answer is the key that signs now; tokens of the one before are good still."""
    before, token = listed(app, admin_key), alice.login().access_token

    answered = app.ask("POST", f"{PATH}/rotate", body, key=admin_key)

    assert answered.status == 201
    assert answered.json() == {**before["next"], "status": "active"}
    assert listed(app, admin_key)["retired"]["kid"] == before["active"]["kid"]
    assert app.ask("GET", "/v1/session", bearer=token).status == 200


@pytest.mark.parametrize("algorithm", ["ES256", "HS256", "EdDSA", "RS256"])
def test_rotate_to_an_algorithm_signs_with_it_at_once(
    app: Application, admin_key: str, algorithm: str
) -> None:
    """Both keys are made anew, and the unused next one is revoked."""
    before = listed(app, admin_key)

    answered = app.ask("POST", f"{PATH}/rotate", {"algorithm": algorithm}, key=admin_key)

    after = listed(app, admin_key)
    assert answered.json()["algorithm"] == after["next"]["algorithm"] == algorithm
    assert after["revoked"]["kid"] == before["next"]["kid"]


@pytest.mark.parametrize(
    "body", [{"algorithm": "none"}, {"algorithm": "es256"}, {"algo": "ES256"}, {"algorithm": 1}]
)
def test_rotate_refuses_what_is_no_algorithm(
    app: Application, admin_key: str, body: object
) -> None:
    """And changes nothing."""
    before = listed(app, admin_key)

    answered = app.ask("POST", f"{PATH}/rotate", body, key=admin_key)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert listed(app, admin_key) == before


def test_revoke_refuses_a_keys_tokens(app: Application, admin_key: str, alice: Person) -> None:
    """At once, in this process too, which has verified by it before."""
    token = alice.login().access_token
    app.ask("POST", f"{PATH}/rotate", key=admin_key)
    retired = listed(app, admin_key)["retired"]
    assert app.ask("GET", "/v1/session", bearer=token).status == 200

    answered = app.ask("POST", f"{PATH}/{retired['kid']}/revoke", key=admin_key)

    assert answered.status == 200
    assert answered.json() == {**retired, "status": "revoked"}
    refused = app.ask("GET", "/v1/session", bearer=token)
    assert (refused.status, refused.json()["reason"]) == (401, "unknown_key")


def test_revoke_of_the_active_key_is_a_conflict(app: Application, admin_key: str) -> None:
    """Something has to sign: rotate first."""
    before = listed(app, admin_key)

    answered = app.ask("POST", f"{PATH}/{before['active']['kid']}/revoke", key=admin_key)

    assert (answered.status, answered.code()) == (409, "conflict")
    assert listed(app, admin_key) == before


def test_revoke_takes_the_start_of_a_kid(app: Application, admin_key: str) -> None:
    """One that is too short is ambiguous, an unknown one not found."""
    kid = listed(app, admin_key)["next"]["kid"]

    def revoke(text: str) -> tuple[int, str]:
        answered = app.ask("POST", f"{PATH}/{text}/revoke", {}, key=admin_key)
        return answered.status, answered.json().get("code", "")

    assert revoke("key_0") == (400, "ambiguous_id")
    assert revoke("key_00000000") == (404, "not_found")
    assert revoke(kid[:-3]) == (200, "")


def test_events_name_the_key_that_asked(
    app: Application, engine: Engine, admin: tuple[ApiKey, str]
) -> None:
    """The API key, whose id is no secret, and the signing key that it was about."""
    key, presented = admin
    kid = app.ask("POST", f"{PATH}/rotate", key=presented).json()["kid"]
    coming = listed(app, presented)["next"]["kid"]
    app.ask("POST", f"{PATH}/{coming}/revoke", key=presented)

    recorded = [each.event for each in engine.read(list_recorded)]

    assert [(event.type, event.actor, event.data["kid"]) for event in recorded[1:]] == [
        ("key:rotate", key.id, kid),
        ("key:revoke", key.id, coming),
    ]
