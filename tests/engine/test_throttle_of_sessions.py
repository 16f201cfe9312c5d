"""What is on record of guesses, and those at the current password of a session's user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import own_password, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, InvalidRequest, InvalidToken, RateLimited
from protekt_cli.models import Caller, Event, Grant
from tests.engine.guessing import HOME, MOST, NOBODY, WINDOW, WRONG, counts, fail, guess

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Recorded = Callable[..., list[Event]]


def test_that_nobody_is_heard_is_on_record_once_a_window(
    engine: Engine, alice: Person, recorded: Recorded, clock: HandClock
) -> None:
    """With the user it is about, and from where."""
    for _ in range(2):
        fail(engine, alice.email)
        for _ in range(3):
            assert guess(engine, alice.email) == WINDOW
        clock.advance(WINDOW)

    told = [(each.user_id, each.ip, dict(each.data)) for each in recorded("login:throttled")]
    assert told == [(alice.id, HOME, {"kind": "network"})] * 2
    assert len(recorded("login:failure")) == 2 * MOST


def test_what_nobody_has_is_recorded_by_its_digest(engine: Engine, recorded: Recorded) -> None:
    """The same as in its failures; the e-mail is nowhere."""
    fail(engine, NOBODY)
    guess(engine, NOBODY)

    (throttled,) = recorded("login:throttled")
    (digest,) = {event.data["emailDigest"] for event in recorded("login:failure")}
    assert throttled.data == {"kind": "network", "emailDigest": digest}
    assert throttled.user_id is None
    rows = engine.read(lambda view: view.rows("SELECT subject FROM throttle"))
    assert [row for row in rows if b"nobody" in row[0].lower()] == []


def test_only_passwords_are_counted(
    engine: Engine, alice: Person, refresh: Callable[..., Grant]
) -> None:
    """A bad token is no guess, and who is logged in stays so."""
    grant = alice.login(Caller(ip=HOME))
    fail(engine, alice.email)
    assert guess(engine, alice.email) == WINDOW
    before = counts(engine)

    for _ in range(2 * MOST):
        assert not validation.validate(engine, grant.access_token + "x").is_valid
        with pytest.raises(InvalidToken):
            refresh("ref_nothing", Caller(ip=HOME))

    assert validation.validate(engine, grant.access_token).is_valid
    assert refresh(grant.refresh_token, Caller(ip=HOME)).session.generation == 1
    assert counts(engine) == before


def change(engine: Engine, grant: Grant, current: str, new: str = "a stone of flint") -> Grant:
    """Change one's own password."""
    claims = engine.read(lambda view: validation.look(engine, view, grant.access_token)).claims
    assert claims is not None
    return own_password.change(engine, claims, Caller(ip=HOME), current=current, new=new)[0]


def test_a_wrong_current_password_counts_by_session(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """Ten of them; other sessions, and logins, are not concerned."""
    stolen, own = alice.login(Caller(ip=HOME)), alice.login(Caller(ip=HOME))
    for _ in range(MOST):
        with pytest.raises(InvalidCredentials):
            change(engine, stolen, WRONG)

    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            change(engine, stolen, alice.password)

    assert caught.value.retry_after == WINDOW
    (throttled,) = recorded("login:throttled")
    assert (throttled.session_id, throttled.user_id) == (stolen.session.id, alice.id)
    assert throttled.data == {"kind": "session"}
    assert validation.validate(engine, stolen.access_token).is_valid
    assert alice.login(Caller(ip=HOME))
    assert change(engine, own, alice.password)


def test_the_right_current_password_does_not_count(engine: Engine, alice: Person) -> None:
    """Also where the new one may not be one."""
    grant = alice.login()
    for _ in range(MOST + 1):
        with pytest.raises(InvalidRequest, match="too short"):
            change(engine, grant, alice.password, "short")

    assert change(engine, grant, alice.password)

    assert counts(engine) == {}
