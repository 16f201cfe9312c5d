"""Explaining: the verdict and its rule, and that nobody notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import refresh_token
from protekt_cli.engine import explain
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.explain import Explanation
from protekt_cli.engine.validation import validate
from protekt_cli.errors import AmbiguousId, NotFound
from protekt_cli.models import Grant

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

HOUR = 3600
DAY = 24 * HOUR

Refresh = Callable[..., Grant]
Revoke = Callable[..., object]


def of_session(engine: Engine, text: str) -> Explanation:
    return engine.read(lambda view: explain.of_session(engine, view, text))


def of_access(engine: Engine, token: str) -> Explanation:
    return engine.read(lambda view: explain.of_access_token(engine, view, token))


def of_refresh(engine: Engine, token: str) -> Explanation:
    return engine.read(lambda view: explain.of_refresh_token(engine, view, token))


def everything(engine: Engine) -> list[object]:
    """Return all that explaining could change."""
    return engine.read(
        lambda view: [view.rows(f"SELECT * FROM {name}") for name in ("sessions", "events")]  # noqa: S608
    )


def test_live_session_is_valid(engine: Engine, alice: Person) -> None:
    """By whichever name it is called, with its deadlines and its events."""
    grant = alice.login()

    told = [
        of_session(engine, grant.session.id),
        of_session(engine, grant.session.id[:20]),
        of_access(engine, grant.access_token),
    ]

    assert ["session", "session", "access_token"] == [each.subject for each in told]
    assert {"valid"} == {each.verdict for each in told}
    assert all(each.session == grant.session for each in told)
    timelines = [[event.type for event in each.timeline] for each in told]
    assert timelines == [["session:create", "login:success"]] * 3


def test_unknown_session_is_not_found(engine: Engine, alice: Person) -> None:
    """There is nothing to explain."""
    with pytest.raises(NotFound):
        of_session(engine, "sess_00000000000000000000000000")
    with pytest.raises(AmbiguousId):
        of_session(engine, "sess_0")


@pytest.mark.parametrize(
    ("pause", "verdict", "named"),
    [
        (HOUR, "token_expired", 'tokens.access_ttl = "1h"'),
        (DAY + HOUR, "token_expired", "tokens.access_ttl"),
    ],
)
def test_expired_access_token_names_its_lifetime(
    engine: Engine, alice: Person, clock: HandClock, pause: int, verdict: str, named: str
) -> None:
    """Its own end is looked for before its session's."""
    grant = alice.login()
    clock.advance(pause)

    told = of_access(engine, grant.access_token)

    assert (verdict, grant.session) == (told.verdict, told.session)
    assert named in told.rule


def test_expired_session_names_the_deadline_that_struck(
    engine: Engine, alice: Person, clock: HandClock
) -> None:
    """And its end is not written for having been asked about."""
    grant = alice.login()
    clock.advance(DAY)
    before = everything(engine)

    told = of_session(engine, grant.session.id)

    assert "session_expired" == told.verdict
    assert 'sessions.idle_timeout = "1d"' in told.rule
    assert before == everything(engine)


def test_revoked_session_says_why(engine: Engine, alice: Person, revoke: Revoke) -> None:
    """The same for its tokens, and its timeline ends with the end."""
    grant = alice.login()
    revoke(grant.session.id)

    told = [
        of_session(engine, grant.session.id),
        of_access(engine, grant.access_token),
        of_refresh(engine, grant.refresh_token),
    ]

    assert {"session_revoked"} == {each.verdict for each in told}
    assert 1 == len({each.rule for each in told})
    assert all(each.timeline[-1].type == "session:revoke" for each in told)


@pytest.mark.parametrize(
    ("token", "verdict"),
    [("", "malformed"), ("not a token", "malformed"), ("e30.e30.e30", "unknown_key")],
)
def test_what_is_no_token_of_ours_has_no_session(engine: Engine, token: str, verdict: str) -> None:
    """Nothing that it says of itself is believed."""
    told = of_access(engine, token)

    assert (verdict, None, ()) == (told.verdict, told.session, told.timeline)


def test_token_of_a_session_that_is_gone_keeps_its_timeline(engine: Engine, alice: Person) -> None:
    """The events outlive it."""
    grant = alice.login()
    engine.store.submit(lambda transaction: transaction.run("DELETE FROM sessions"))

    told = of_access(engine, grant.access_token)

    assert ("unknown_session", None) == (told.verdict, told.session)
    assert ["session:create", "login:success"] == [event.type for event in told.timeline]
    assert 'sessions.retention = "90d"' in told.rule


def test_refresh_token_is_told_by_its_generation(
    engine: Engine, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """Each row of the table, as time goes on, and no row is acted on."""
    zeroth = alice.login()
    told = [of_refresh(engine, zeroth.refresh_token)]
    first = refresh(zeroth.refresh_token)
    told.append(of_refresh(engine, zeroth.refresh_token))
    clock.advance(10)
    told.append(of_refresh(engine, zeroth.refresh_token))
    assert validate(engine, first.access_token).is_valid
    before = everything(engine)
    told.append(of_refresh(engine, zeroth.refresh_token))
    unchanged = everything(engine)
    second = refresh(first.refresh_token)
    told.append(of_refresh(engine, zeroth.refresh_token))
    told.append(of_refresh(engine, second.refresh_token))

    assert [
        "current",
        "concurrent",
        "lost_answer",
        "parent_reused",
        "ancestor_reused",
        "current",
    ] == [each.verdict for each in told]
    assert 'sessions.reuse_grace = "10s"' in told[1].rule
    assert 'sessions.lost_answer_window = "1h"' in told[2].rule
    assert before == unchanged


def test_explaining_is_no_use_and_shows_no_successor(
    engine: Engine, alice: Person, refresh: Refresh, clock: HandClock
) -> None:
    """The answer may still be lost, and the idle deadline stays."""
    zeroth = alice.login()
    first = refresh(zeroth.refresh_token)
    clock.advance(1000)
    before = everything(engine)

    of_access(engine, first.access_token)
    of_refresh(engine, first.refresh_token)
    of_session(engine, first.session.id)

    assert before == everything(engine)
    assert "lost_answer" == of_refresh(engine, zeroth.refresh_token).verdict


def test_refresh_token_that_is_none_of_ours_is_malformed(engine: Engine, alice: Person) -> None:
    """Truncated, forged, of a generation that was never reached, or of no session at all."""
    session = alice.login().session
    key = engine.read(engine.vault_at).refresh_key
    tokens = [
        "ref_short",
        refresh_token.derive(bytes(32), session.salt, session.id, 0),
        refresh_token.derive(key, session.salt, session.id, 7),
        refresh_token.derive(key, session.salt, "sess_00000000000000000000000000", 0),
    ]

    told = [of_refresh(engine, token).verdict for token in tokens]

    assert ["malformed", "malformed", "malformed", "unknown_session"] == told
