"""Sessions that an administrator makes, without any login."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from protekt_cli.engine import sessions, users, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, InvalidRequest
from protekt_cli.models import Event, Grant

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Issue = Callable[..., Grant]


@pytest.fixture
def issue(engine: Engine, alice: Person) -> Issue:
    """Make a session for alice, as the command line does."""

    def issue(
        claims: Mapping[str, Any] = {},
        access_ttl: int | None = None,
        device_name: str | None = None,
    ) -> Grant:
        def operation(transaction: Any) -> Grant:
            user = users.get(transaction, alice.id)
            return sessions.issue(
                engine,
                transaction,
                user,
                claims=claims,
                access_ttl=access_ttl,
                device_name=device_name,
                actor="cli",
            )

        return engine.submit(operation)

    return issue


def claims_of(grant: Grant) -> dict[str, Any]:
    payload = grant.access_token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def test_an_issued_session_is_a_session(engine: Engine, issue: Issue, refresh: Refresh) -> None:
    """It says how it came about, and lives like any other."""
    grant = issue(device_name="build server")

    assert grant.session.amr == ("admin",)
    assert grant.session.device_name == "build server"
    assert claims_of(grant)["amr"] == ["admin"]
    assert validation.validate(engine, grant.access_token).is_valid
    assert refresh(grant.refresh_token).session.amr == ("admin",)


def test_extra_claims_stay_with_the_session(issue: Issue, refresh: Refresh) -> None:
    """They are in its first token as in its last."""
    grant = issue(claims={"role": "editor", "teams": [1, 2]})

    again = refresh(grant.refresh_token)

    for each in (grant, again):
        assert (claims_of(each)["role"], claims_of(each)["teams"]) == ("editor", [1, 2])


@pytest.mark.parametrize("name", ["sub", "sid", "exp", "client_id"])
def test_an_own_claim_cannot_be_asked_for(issue: Issue, recorded: Recorded, name: str) -> None:
    """Nothing is made then."""
    before = recorded()

    with pytest.raises(InvalidRequest, match=name):
        issue(claims={name: "x"})

    assert recorded() == before


@pytest.mark.parametrize(
    "claims",
    [
        {"long": "x" * 4096},
        {"long_in_json": "\U0001f600" * 400},
        {"deep": json.loads("[" * 20 + "]" * 20)},
        {"no_number": float("nan")},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_claims_that_no_verifier_would_take_are_refused(
    issue: Issue, claims: dict[str, Any]
) -> None:
    """A token that was issued is never malformed."""
    with pytest.raises(InvalidRequest):
        issue(claims)


def test_claims_as_large_as_they_may_be_verify(engine: Engine, issue: Issue) -> None:
    """At the edge of what is issued, the strict parse takes it."""
    grant = issue({"long": "x" * 3900, "deep": json.loads("[" * 19 + "]" * 19)})

    assert validation.validate(engine, grant.access_token).is_valid


@pytest.mark.parametrize(
    ("ttl", "lives"), [(60, 60), (8 * 24 * 3600, 7 * 24 * 3600), (10**12, 7 * 24 * 3600)]
)
def test_a_lifetime_is_the_first_tokens_and_cut(
    issue: Issue, refresh: Refresh, clock: HandClock, ttl: int, lives: int
) -> None:
    """At the session's refresh deadline; the next token lives as long as any."""
    grant = issue(access_ttl=ttl)

    assert grant.access_expires_at - clock.now().seconds == lives
    again = refresh(grant.refresh_token)
    assert again.access_expires_at - clock.now().seconds == 3600


@pytest.mark.parametrize("ttl", [0, -1])
def test_a_lifetime_of_nothing_is_refused(issue: Issue, ttl: int) -> None:
    """It would make a token that was never good."""
    with pytest.raises(InvalidRequest):
        issue(access_ttl=ttl)


def test_nothing_is_issued_for_a_disabled_user(engine: Engine, issue: Issue) -> None:
    """That is a conflict, not a wrong request."""
    engine.submit(lambda transaction: transaction.run("UPDATE users SET status = 'disabled'"))

    with pytest.raises(Conflict):
        issue()
