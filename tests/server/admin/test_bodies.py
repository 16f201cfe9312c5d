"""What is answered about keys, tokens and counts is what the document says, and is kept nowhere."""

from __future__ import annotations

import pytest

from protekt_cli.server import schemas
from protekt_cli.server.admin import apikey_bodies, key_bodies, stat_bodies
from tests.conftest import Person
from tests.server.application import Application
from tests.server.talking import Answered


@pytest.fixture
def answers(app: Application, admin_key: str, alice: Person) -> dict[type[schemas.Json], Answered]:
    """One answer of each kind."""

    def ask(method: str, path: str, body: object = None) -> Answered:
        return app.ask(method, f"/v1/admin/{path}", body, key=admin_key)

    ask("POST", "keys/rotate")
    token = alice.login().access_token
    return {
        key_bodies.SigningKeys: ask("GET", "keys?limit=1"),
        key_bodies.SigningKey: ask("POST", "keys/rotate"),
        apikey_bodies.NewApiKey: ask("POST", "apikeys", {"name": "web", "expiresIn": "1d"}),
        apikey_bodies.ApiKeys: ask("GET", "apikeys"),
        stat_bodies.Statistics: ask("GET", "stats"),
        schemas.Valid: ask("POST", "tokens/verify", {"token": token}),
        schemas.Invalid: ask("POST", "tokens/verify", {"token": "x"}),
    }


def test_every_answer_has_the_members_of_its_model(
    answers: dict[type[schemas.Json], Answered],
) -> None:
    """No more, no fewer, and of the types that are promised."""
    for model, answered in answers.items():
        model.model_validate_json(answered.body)


def test_no_cache_keeps_an_answer(answers: dict[type[schemas.Json], Answered]) -> None:
    """A key is shown once, and what an administrator sees is nobody else's."""
    kept = {answered.header(b"cache-control") for answered in answers.values()}

    assert kept == {b"no-store"}


@pytest.mark.parametrize("path", ["keys", "apikeys"])
@pytest.mark.parametrize(
    "query", ["limit=1001", "limit=0", "cursor=x", "newest=1", "limit=1&limit=2"]
)
def test_list_refuses_what_it_does_not_understand(
    app: Application, admin_key: str, path: str, query: str
) -> None:
    """It ignores nothing that somebody asked for."""
    answered = app.ask("GET", f"/v1/admin/{path}?{query}", key=admin_key)

    assert (answered.status, answered.code()) == (400, "invalid_request")
