"""The reference model itself: each row of the refresh table, at its edges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults import refreshing
from tests.faults.context import Binding, Context
from tests.faults.installations import Settings
from tests.faults.model import Rotation, Session
from tests.faults.span import Span

SETTINGS = Settings(name="as usual")
HOME = Context(None, "192.0.2.1", "browser")
NEARBY = Context(None, "192.0.2.99", "browser")
ELSEWHERE = Context(None, "198.51.100.1", "browser")
ON_A_DEVICE = Context("dev_a", "198.51.100.1", "other")

AT = 1_000_000


def rotated(*, generation: int = 2, **about: Any) -> Session:
    """Return a session that was rotated at AT from HOME, unless *about* says otherwise."""
    session = Session(
        *("sess_1", "user_1", "dev_1", "192.0.2.1", "browser", ("pwd",), False, AT),
        absolute=AT + SETTINGS.absolute_timeout,
        refresh=Span.at(AT + SETTINGS.refresh_ttl),
        idle=Span.at(AT + SETTINGS.idle_timeout),
        active=Span.at(AT),
        family=[f"ref_{number}" for number in range(generation + 1)],
    )
    session.rotation = replace(Rotation(Span.at(AT), HOME), **about)
    return session


def rows(session: Session, generation: int, seconds: int, sender: Context = HOME) -> set[str]:
    """Return what the token of *generation* may be, presented so long after the rotation."""
    now = Span.at(AT + seconds)
    return refreshing.judge(session, generation, sender, Binding(), now, SETTINGS).rows


@pytest.mark.parametrize(
    ("generation", "seconds", "sender", "expected"),
    [
        (2, 5, HOME, {"rotated"}),
        (2, 80_000, ELSEWHERE, {"rotated"}),
        (1, 9, HOME, {"concurrent"}),
        (1, 9, ELSEWHERE, {"concurrent"}),
        (1, 10, HOME, {"concurrent", "lost_answer"}),
        (1, 11, HOME, {"lost_answer"}),
        (1, 3_599, NEARBY, {"lost_answer"}),
        (1, 3_600, HOME, {"lost_answer", "parent_reused"}),
        (1, 3_601, HOME, {"parent_reused"}),
        (1, 11, ELSEWHERE, {"parent_reused"}),
        (1, 11, ON_A_DEVICE, {"parent_reused"}),
        (0, 5, HOME, {"ancestor_reused"}),
    ],
)
def test_a_refresh_token_is_judged_by_its_generation_its_age_and_its_sender(
    generation: int, seconds: int, sender: Context, expected: set[str]
) -> None:
    """The whole table, for a successor that was never seen."""
    session = rotated()

    judged = rows(session, generation, seconds, sender)

    assert expected == judged


@pytest.mark.parametrize(
    ("about", "seconds", "expected"),
    [
        ({"is_seen": True}, 9, {"concurrent"}),
        ({"is_seen": True}, 11, {"parent_reused"}),
        ({"is_seen": None}, 11, {"lost_answer", "parent_reused"}),
        ({"lost_answers": Span.at(4)}, 11, {"lost_answer"}),
        ({"lost_answers": Span.at(5)}, 11, {"parent_reused"}),
        ({"context": ON_A_DEVICE}, 11, {"parent_reused"}),
    ],
)
def test_a_parent_is_judged_by_what_became_of_its_successor(
    about: dict[str, Any], seconds: int, expected: set[str]
) -> None:
    """A successor that was seen, or answered with five times, makes its parent a reused one."""
    session = rotated(**about)

    judged = rows(session, 1, seconds)

    assert expected == judged


def test_the_device_alone_makes_a_context_where_both_requests_name_one() -> None:
    """Neither the address nor the user agent counts between requests of one device."""
    session = rotated(context=Context("dev_a", "192.0.2.1", "browser"))

    judged = rows(session, 1, 11, ON_A_DEVICE)

    assert {"lost_answer"} == judged


def test_a_session_whose_deadlines_strike_at_once_ends_of_the_absolute_one() -> None:
    """Of equal deadlines absolute is named before refresh, and refresh before idle."""
    session = rotated()
    session.refresh = session.idle = Span.at(session.absolute)

    fates = session.fates(Span.at(session.absolute), SETTINGS)

    assert {"absolute_timeout"} == fates
