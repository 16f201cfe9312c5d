"""Judging tokens by the admin API: the verdict of a validation, and no use of the session."""

from __future__ import annotations

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.store import sessions
from tests.conftest import HandClock, Person
from tests.recorded import list_recorded
from tests.server.application import Application

PATH = "/v1/admin/tokens/verify"


def test_good_token_is_valid_and_says_whose(app: Application, read_key: str, alice: Person) -> None:
    """In the words of a validation, to a key that only reads."""
    token = alice.login().access_token

    answered = app.ask("POST", PATH, {"token": token}, key=read_key)

    validated = app.ask("POST", "/v1/sessions/validate", {"sessionToken": token})
    assert answered.status == 200
    assert answered.json() == validated.json()
    assert answered.json()["user"]["email"] == alice.email
    assert token.encode() not in answered.body


def test_verifying_is_no_use_of_the_session(
    app: Application, engine: Engine, read_key: str, alice: Person, clock: HandClock
) -> None:
    """Its idle deadline stays, where a validation would move it."""
    grant = alice.login()
    clock.advance(1000)

    answered = app.ask("POST", PATH, {"token": grant.access_token}, key=read_key)

    assert answered.json()["valid"] is True
    assert engine.read(lambda view: sessions.find(view, grant.session.id)) == grant.session


def test_verifying_ends_nothing(
    app: Application, engine: Engine, read_key: str, alice: Person, clock: HandClock
) -> None:
    """A deadline that has struck is said and not written down."""
    token = alice.login().access_token
    before = len(engine.read(list_recorded))
    clock.advance(engine.settings.sessions.absolute_timeout)

    answered = app.ask("POST", PATH, {"token": token}, key=read_key)

    assert answered.json() == {"valid": False, "reason": "token_expired", "endReason": None}
    assert len(engine.read(list_recorded)) == before


def test_token_of_an_ended_session_says_why_it_ended(
    app: Application, read_key: str, alice: Person
) -> None:
    """The reason and the reason of the end."""
    token = alice.login().access_token
    app.ask("POST", "/v1/sessions/revoke", {}, bearer=token)

    answered = app.ask("POST", PATH, {"token": token}, key=read_key)

    assert answered.json() == {
        "valid": False,
        "reason": "session_revoked",
        "endReason": "logout",
    }


@pytest.mark.parametrize("token", ["", " ", "nonsense", "a.b.c", "ref_x"])
def test_what_is_no_token_is_malformed(app: Application, read_key: str, token: str) -> None:
    """That is a verdict, and no error."""
    answered = app.ask("POST", PATH, {"token": token}, key=read_key)

    assert (answered.status, answered.json()["reason"]) == (200, "malformed")


@pytest.mark.parametrize(
    "body", [None, {}, {"token": None}, {"token": 1}, {"token": "x", "ip": "192.0.2.1"}], ids=str
)
def test_body_is_one_token(app: Application, read_key: str, body: object) -> None:
    """Nothing less, and from where it is used is not judged here."""
    answered = app.ask("POST", PATH, body, key=read_key)

    assert (answered.status, answered.code()) == (400, "invalid_request")
