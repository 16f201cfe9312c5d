"""The document says of each endpoint which credential it takes, and it is so."""

from __future__ import annotations

from tests.server.application import Application
from tests.server.conftest import Start


def refused_without(app: Application, method: str, path: str) -> bool:
    """Whether an endpoint says that a credential is missing, and not that something else is."""
    answered = app.ask(method.upper(), path.replace("{", "").replace("}", ""))
    return answered.status == 401


def test_what_needs_a_credential_is_refused_without_one(start: Start) -> None:
    """And what needs none, or may have one, is not."""
    app = start()
    document = app.ask("GET", "/openapi.json").json()
    schemes = set(document["components"]["securitySchemes"])
    needs, refused = set(), set()

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            security = operation.get("security", [{}])
            assert {name for each in security for name in each} <= schemes
            # Where a body is wanted, that it is missing may be said first.
            if {} not in security and "requestBody" not in operation:
                needs.add((method, path))
            if refused_without(app, method, path) and "requestBody" not in operation:
                refused.add((method, path))

    assert needs == refused
    assert len(needs) > 20


def test_document_is_of_the_settings(start: Start) -> None:
    """It names the cookie as it is called, and asks for the key that apps must have."""
    apps = [
        "/v1/sessions",
        "/v1/sessions/validate",
        "/v1/sessions/refresh",
        "/oauth/token",
    ]
    usual = start().ask("GET", "/openapi.json").json()
    strict = (
        start({"cookies.session_name": "__Host-s", "server.require_api_key": True})
        .ask("GET", "/openapi.json")
        .json()
    )

    cookies = [each["components"]["securitySchemes"]["sessionCookie"] for each in (usual, strict)]
    may_come_without = [
        [{} in document["paths"][path]["post"]["security"] for path in apps]
        for document in (usual, strict)
    ]

    assert ["session_token", "__Host-s"] == [cookie["name"] for cookie in cookies]
    assert [[True] * len(apps), [False] * len(apps)] == may_come_without
