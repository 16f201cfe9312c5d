"""OAuth requests as a client library sends them, one at a time."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.journeys.asking import Answer
from tests.journeys.installation import Installation, Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class App:
    """A client that has an API key."""

    id: str
    key: str

    @property
    def form(self) -> dict[str, str]:
        """What the app's forms say of it."""
        return {"client_id": self.id, "client_secret": self.key}

    @property
    def basic(self) -> dict[str, str]:
        """The header that says it instead."""
        return basic(self.id, self.key)


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"}


def new_app(installation: Installation, scope: str = "client") -> App:
    made = installation.run("apikeys", "create", "app", "--scope", scope, "--json").json()
    return App(made["id"], made["key"])


def post(
    server: Server, endpoint: str, form: Mapping[str, str], headers: Mapping[str, str] = {}
) -> Answer:
    """Send a form to one of the OAuth endpoints."""
    body = urlencode(form).encode()
    return server.ask("POST", f"/oauth/{endpoint}", body, headers={**FORM, **headers})


def renew(server: Server, token: str, headers: Mapping[str, str] = {}, **more: str) -> Answer:
    """Present a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": token, **more}
    return post(server, "token", form, headers)


def error_of(answer: Answer) -> tuple[int, str, str, str | None]:
    """Return status, `error`, `code` and `reason` of a refusal."""
    assert "application/json" == answer.header("Content-Type"), answer
    assert ("no-store", "no-cache") == (answer.header("Cache-Control"), answer.header("Pragma"))
    body: dict[str, Any] = answer.json()
    assert {"error", "error_description", "code", "reason", "end_reason"} == body.keys()
    return answer.status, body["error"], body["code"], body["reason"]
