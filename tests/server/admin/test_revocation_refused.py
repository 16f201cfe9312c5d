"""Selections of sessions that are not clear: nothing ends."""

from __future__ import annotations

import pytest

from tests.conftest import Person
from tests.server.admin.asking import Administrator


def test_exception_that_is_nothing_ends_nothing(boss: Administrator, alice: Person) -> None:
    """Or what was meant to live would end."""
    session = alice.login().session

    answered = boss.ask("POST", "sessions/revoke", {"all": True, "exceptIds": ["sess_00000000"]})

    assert (answered.status, answered.code()) == (404, "not_found")
    assert set(boss.ids("sessions")) == {session.id}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"reason": "why", "dryRun": True},
        {"exceptIds": []},
        {"all": False},
        {"all": None},
        {"ids": None},
        {"userId": None},
        {"userId": None, "all": True},
        {"all": True, "ip": None},
        {"all": True, "idleFor": None},
        {"all": True, "exceptIds": None},
        {"ids": "sess_00000000"},
        {"ip": "here"},
        {"idleFor": "soon"},
        {"idleFor": -1},
        {"all": True, "dryRun": "no"},
        {"user": "alice@example.com"},
        {"all": True, "currnet": True},
    ],
)
def test_selection_that_is_unclear_ends_nothing(
    boss: Administrator, alice: Person, body: object
) -> None:
    """A selector that is null may be a program's mistake: it never widens what ends."""
    session = alice.login().session

    answered = boss.ask("POST", "sessions/revoke", body)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert set(boss.ids("sessions")) == {session.id}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"userId": "nobody@example.com"}, 404, "not_found"),
        ({"deviceId": "dev_00000000"}, 404, "not_found"),
        ({"userId": "user_01"}, 400, "ambiguous_id"),
        ({"ids": ["sess_01"]}, 400, "ambiguous_id"),
    ],
)
def test_selector_that_names_nothing_is_refused(
    boss: Administrator, alice: Person, body: object, status: int, code: str
) -> None:
    """Or may name several."""
    answered = boss.ask("POST", "sessions/revoke", body)

    assert (answered.status, answered.code()) == (status, code)
