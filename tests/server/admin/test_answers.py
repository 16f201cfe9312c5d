"""What is answered about users, sessions, devices and events is what the document says."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.server import schemas
from protekt_cli.server.admin import device_bodies, event_bodies, session_bodies, user_bodies
from protekt_cli.server.schemas import Json
from tests.conftest import Person
from tests.server.admin.asking import Administrator

PARAMETERS = {
    "users": {"limit", "cursor", "status", "search"},
    "sessions": {"limit", "cursor", "user", "device", "status", "ip", "since", "sort"},
    "devices": {"limit", "cursor", "user"},
    "events": {"limit", "cursor", "type", "user", "session", "since"},
}


def test_every_answer_has_the_members_of_its_model(boss: Administrator, alice: Person) -> None:
    """No more, no fewer, and of the types that are promised."""
    grant = alice.login()
    user, session, device = alice.id, grant.session.id, grant.session.device_id
    new = {"email": "bob@example.com", "metadata": {"a": None}}
    answers: list[tuple[type[Json], str, str, object]] = [
        (user_bodies.Users, "GET", "users?limit=1", None),
        (schemas.User, "POST", "users", new),
        (schemas.User, "GET", f"users/{user}", None),
        (schemas.User, "PATCH", f"users/{user}", {"name": "Alice"}),
        (session_bodies.Sessions, "GET", "sessions?status=all", None),
        (schemas.SessionResponse, "POST", "sessions", {"userId": user}),
        (schemas.Session, "GET", f"sessions/{session}", None),
        (device_bodies.Devices, "GET", "devices?limit=1", None),
        (schemas.Device, "GET", f"devices/{device}", None),
        (schemas.Device, "PATCH", f"devices/{device}", {"trusted": True}),
        (session_bodies.Revoked, "POST", "sessions/revoke", {"ids": [session, "x"]}),
        (schemas.Session, "GET", f"sessions/{session}", None),
        (event_bodies.Events, "GET", "events?limit=5", None),
    ]

    for model, method, path, body in answers:
        answered = boss.ask(method, path, body)

        assert answered.status in (200, 201), (method, path)
        assert answered.header(b"cache-control") == b"no-store", (method, path)
        model.model_validate_json(answered.body)


@pytest.mark.parametrize("path", PARAMETERS)
def test_document_names_every_query_parameter(boss: Administrator, path: str) -> None:
    """A limit is a number there, with its bounds."""
    document = boss.app.ask("GET", "/openapi.json").json()

    listing: dict[str, Any] = document["paths"][f"/v1/admin/{path}"]["get"]
    found = {each["name"]: each["schema"] for each in listing["parameters"]}
    assert set(found) == PARAMETERS[path]
    limit = found["limit"]
    assert (limit["type"], limit["minimum"], limit["maximum"]) == ("integer", 1, 1000)
    assert limit["default"] == 50
    assert all(each["in"] == "query" for each in listing["parameters"])
    assert not any(each["required"] for each in listing["parameters"])
