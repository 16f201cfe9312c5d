"""The table of sessions: found as it was put in, ended once, and filtered as `policy` judges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.clock import Instant
from protekt_cli.core import ids, policy
from protekt_cli.errors import EndReason
from protekt_cli.models import Caller, Session, SessionStatus, User, UserStatus
from protekt_cli.store import cut_ids, sessions, users
from protekt_cli.store.database import Store, Transaction

ALICE = User(
    id="user_01m89p8efxfe092m3agfy15kf6",
    email="Alice@example.com",
    name=None,
    status=UserStatus.ACTIVE,
    metadata={"a": [1]},
    created_at=1000,
    updated_at=1000,
    last_login_at=None,
    sealed_password=b"sealed",
    revocations=0,
)
SESSION = Session(
    id="sess_01m89p8egtessvrhqxpp055nhn",
    user_id=ALICE.id,
    user_email=ALICE.email,
    device_id="dev_01m89p8egtf6krsajn10k33wyx",
    device_name="curl",
    ip="127.0.0.1",
    user_agent="curl/8",
    amr=("pwd",),
    claims={"role": "editor"},
    client_id="protekt",
    created_at=1000,
    last_active_at=1000,
    refreshed_at=None,
    idle_expires_at=1100,
    refresh_expires_at=2000,
    absolute_expires_at=3000,
    sliding=True,
    generation=0,
    rotated_at=None,
    rotated_by=Caller(),
    seen=False,
    lost_answers=0,
    salt=b"0123456789abcdef",
    ended_at=None,
    end_reason=None,
    end_note=None,
)


#: The same session with everything else that moves while it lives.
MOVED = replace(
    SESSION,
    last_active_at=1010,
    refreshed_at=1011,
    idle_expires_at=1012,
    refresh_expires_at=1013,
    generation=2,
    rotated_at=1014,
    rotated_by=Caller("192.0.2.7", "curl/9", "dev_01m89p8egtf6krsajn10k33wyy"),
    seen=True,
    lost_answers=3,
)


class Undone(Exception):
    """Takes an example's rows back."""


@pytest.fixture
def stored(store: Store) -> Store:
    """A store with one user and one session."""

    def put(transaction: Transaction) -> None:
        users.add(transaction, ALICE, "alice@example.com")
        sessions.add(transaction, SESSION)

    store.submit(put)
    return store


def test_a_session_and_its_user_are_found_as_they_were_put_in(stored: Store) -> None:
    """Field by field, alone and together."""
    alone = stored.read(lambda view: sessions.find(view, SESSION.id))
    together = stored.read(lambda view: sessions.find_with_user(view, SESSION.id))

    assert alone == SESSION
    assert together == (SESSION, ALICE)


def test_what_is_not_there_is_none(stored: Store) -> None:
    """The store judges nothing."""
    other = "sess_01m89p8egtessvrhqxpp055nhp"

    assert stored.read(lambda view: sessions.find(view, other)) is None
    assert stored.read(lambda view: sessions.find_with_user(view, other)) is None


def test_what_moves_in_a_session_is_written(stored: Store) -> None:
    """All of it, and nothing that never moves: not the absolute deadline, not the salt."""
    never = {"absolute_expires_at": 1, "salt": b"another salt here", "ip": None, "sliding": False}
    changed = replace(MOVED, **never)  # type: ignore[arg-type]

    stored.submit(lambda transaction: sessions.update(transaction, changed))

    assert stored.read(lambda view: sessions.find(view, SESSION.id)) == MOVED


def test_a_session_ends_once(stored: Store) -> None:
    """The first end stays, and nothing moves a session that has ended."""

    def end_and_go_on(transaction: Transaction) -> list[bool]:
        ended = [
            sessions.end(transaction, SESSION.id, 1050, EndReason.LOGOUT, "note"),
            sessions.end(transaction, SESSION.id, 1060, EndReason.REVOKED, "other"),
        ]
        sessions.update(transaction, MOVED)
        return ended

    ended = stored.submit(end_and_go_on)

    assert ended == [True, False]
    assert stored.read(lambda view: sessions.find(view, SESSION.id)) == replace(
        SESSION, ended_at=1050, end_reason=EndReason.LOGOUT, end_note="note"
    )


_MOMENTS = st.integers(min_value=0, max_value=6)
_SESSIONS = st.builds(
    lambda idle, refresh, absolute, end: replace(
        SESSION,
        idle_expires_at=idle,
        refresh_expires_at=refresh,
        absolute_expires_at=absolute,
        ended_at=end[0],
        end_reason=end[1],
    ),
    _MOMENTS,
    _MOMENTS,
    _MOMENTS,
    st.just((None, None)) | st.tuples(_MOMENTS, st.sampled_from(EndReason)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(drawn=st.lists(_SESSIONS, max_size=12), now=_MOMENTS)
def test_lists_judge_as_policy_does(store: Store, drawn: list[Session], now: int) -> None:
    """The filter in SQL and `policy.status` agree on every session at every moment."""
    made = [replace(each, id=ids.new_id(ids.Prefix.SESSION, 0)) for each in drawn]
    listed: dict[SessionStatus, set[str]] = {}

    def look(transaction: Transaction) -> None:
        users.add(transaction, ALICE, "alice@example.com")
        for each in made:
            sessions.add(transaction, each)
            if each.ended_at is not None and each.end_reason is not None:
                sessions.end(transaction, each.id, each.ended_at, each.end_reason)
        transaction.now = Instant(now * 1000)
        for status in SessionStatus:
            found = sessions.list_matching(transaction, sessions.Filter(status=status))
            listed[status] = {each.id for each in found}
        active = sessions.count_active_by_device(transaction, SESSION.device_id)
        assert active == len(listed[SessionStatus.ACTIVE])
        raise Undone

    with pytest.raises(Undone):
        store.submit(look)

    judged = {
        status: {each.id for each in made if policy.status(each, now) is status}
        for status in SessionStatus
    }
    assert listed == judged


def test_lists_are_newest_first_and_can_be_cut(store: Store) -> None:
    """By id, which sorts by creation."""
    made = [
        replace(SESSION, id=ids.new_id(ids.Prefix.SESSION, moment)) for moment in (5, 1, 4, 2, 3)
    ]

    def put(transaction: Transaction) -> None:
        users.add(transaction, ALICE, "alice@example.com")
        for each in made:
            sessions.add(transaction, each)

    store.submit(put)

    found = store.read(lambda view: sessions.list_matching(view, sessions.Filter()))
    first = store.read(lambda view: sessions.list_matching(view, sessions.Filter(), 2))

    newest_first = sorted((each.id for each in made), reverse=True)
    assert [each.id for each in found] == newest_first
    assert [each.id for each in first] == newest_first[:2]


@pytest.mark.parametrize("length", [13, 20, 31])
def test_an_id_is_found_by_its_start(stored: Store, length: int) -> None:
    """And not by another, nor in a table that has no such ids."""
    start = SESSION.id[:length]

    found = stored.read(lambda view: cut_ids.starting_with(view, "sessions", start, 2))
    other = stored.read(lambda view: cut_ids.starting_with(view, "sessions", "sess_00000000", 2))

    assert (found, other) == ([SESSION.id], [])
    with pytest.raises(ValueError, match="events"):
        stored.read(lambda view: cut_ids.starting_with(view, "events", start, 2))
