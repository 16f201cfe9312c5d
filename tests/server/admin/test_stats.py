"""The counts of the admin API."""

from __future__ import annotations

from protekt_cli.engine.engine import Engine
from tests.conftest import AddUser, HandClock, Person
from tests.server.application import Application


def test_everything_is_counted(
    app: Application,
    engine: Engine,
    read_key: str,
    alice: Person,
    add_user: AddUser,
    clock: HandClock,
) -> None:
    """Sessions by what they are at this moment, whether that is written down or not."""
    bob = add_user(engine, "bob@example.com", "builds things")
    bob.login()
    clock.advance(engine.settings.sessions.idle_timeout)
    for _ in range(2):
        alice.login()
    app.ask("POST", "/v1/sessions/revoke", {}, bearer=alice.login().access_token)

    answered = app.ask("GET", "/v1/admin/stats", key=read_key)

    counts = answered.json()
    events, size = counts.pop("events"), counts.pop("databaseBytes")
    assert answered.status == 200
    assert counts == {
        "users": 2,
        "sessions": {"active": 2, "expired": 1, "revoked": 1},
        "devices": 4,
    }
    assert events > 8
    assert size % 4096 == 0
    assert size > 0
