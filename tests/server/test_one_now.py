"""One answer tells of one moment: what was judged is what is shown, though time goes on."""

from __future__ import annotations

import pytest

from protekt_cli.clock import Instant
from tests.conftest import HandClock
from tests.server.application import Application
from tests.server.conftest import Start

LIFE = 3600


class RestlessClock(HandClock):
    """A clock that a second passes on with each look at it, once it was let go."""

    is_let_go = False

    def now(self) -> Instant:
        """Return the time, and move on."""
        now = super().now()
        if self.is_let_go:
            self.advance(1)
        return now


@pytest.fixture
def clock() -> RestlessClock:
    return RestlessClock()


@pytest.fixture
def app(start: Start) -> Application:
    names = ("sessions.absolute_timeout", "sessions.idle_timeout", "tokens.refresh_ttl")
    app = start({**dict.fromkeys(names, LIFE), "tokens.access_ttl": LIFE - 1, "tokens.leeway": 9})
    app.add_user("alice@example.com")
    return app


def test_session_that_is_valid_is_active(app: Application, clock: RestlessClock) -> None:
    """In its last second too, as an app's backend is told of it."""
    token = app.log_in("alice@example.com").access_token
    clock.advance(LIFE - 2)  # it is looked at, and its use is written
    clock.is_let_go = True

    answered = app.ask("POST", "/v1/sessions/validate", {"sessionToken": token}).json()

    # The server looks at the clock by itself too, once a second.
    assert not answered["valid"] or "active" == answered["session"]["status"]


def test_own_session_is_active(app: Application, clock: RestlessClock) -> None:
    """As the guard of each request shows it."""
    token = app.log_in("alice@example.com").access_token
    clock.advance(LIFE - 2)  # it is looked at, and its use is written
    clock.is_let_go = True

    answered = app.ask("GET", "/v1/session", bearer=token)

    assert 401 == answered.status or "active" == answered.json()["session"]["status"]


def test_session_listed_among_the_active_is_active(app: Application, clock: RestlessClock) -> None:
    """The list is read a moment after the token was judged, and is all of that moment."""
    app.log_in("alice@example.com")
    clock.advance(10)
    token = app.log_in("alice@example.com").access_token
    clock.advance(LIFE - 13)
    clock.is_let_go = True

    listed = app.ask("GET", "/v1/sessions", bearer=token).json()["sessions"]

    assert {"active"} == {session["status"] for session in listed}
