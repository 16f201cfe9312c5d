"""Pages of events, which lead back: from the last ones to the first."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.models import Event, User
from protekt_cli.store import events
from protekt_cli.store.database import Store, Transaction
from tests.store.test_sessions import ALICE


class Undone(Exception):
    """Takes an example's rows back."""


BOB = replace(ALICE, id="user_01m89p8efxfe092m3agfy15kf7")
_USERS = st.sampled_from([ALICE, BOB])
_TYPES = ("login:success", "session:create", "session:revoke", "key:rotate")


def recorded(seq: int, type_: str, at: int, user_id: str | None) -> events.Recorded:
    event = Event(
        seq, f"evt_{seq}", type_, at, user_id, None, None, None, "cli", None, {"seq": seq}
    )
    return events.Recorded(event, b"digest", b"seal")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    written=st.lists(
        st.tuples(st.sampled_from(_TYPES), st.integers(0, 5), _USERS | st.none()), max_size=20
    ),
    type_=st.sampled_from([None, "*", "session:*", "*:r*", "session:create", "s?ssion:*", "x*"]),
    user=st.sampled_from([None, None, ALICE]),
    since=st.none() | st.integers(0, 6),
    limit=st.integers(1, 4),
    pruned=st.integers(0, 10),
)
def test_events_come_in_pages_back_to_the_first(
    store: Store,
    written: list[tuple[str, int, User | None]],
    type_: str | None,
    user: User | None,
    since: int | None,
    limit: int,
    pruned: int,
) -> None:
    """Each page oldest first, all that match, also where the clock had stepped back."""
    wanted = events.Filter(type_, user.id if user else None, None, since)

    def read_through(transaction: Transaction) -> None:
        for seq, (kind, at, whom) in enumerate(written, start=1):
            events.add(transaction, recorded(seq, kind, at, whom.id if whom else None))
        page = events.list_last(transaction, wanted, limit, None)
        last = len(written) + 1
        events.add(transaction, recorded(last, "session:create", 6, ALICE.id))
        events.remove_through(transaction, min(pruned, len(written)))
        seen = [event.seq for event in page.items]
        while page.next is not None:
            assert len(page.items) == limit
            assert len(seen) <= len(written)
            page = events.list_last(transaction, wanted, limit, page.next)
            seen = [event.seq for event in page.items] + seen
        expected = [
            seq
            for seq, (kind, at, whom) in enumerate(written, start=1)
            if _fits(kind, type_)
            and (user is None or whom == user)
            and (since is None or at >= since)
        ]
        kept = [seq for seq in expected if seq > pruned]
        assert [seq for seq in seen if seq > pruned] == kept
        assert set(seen) <= set(expected)
        raise Undone

    with pytest.raises(Undone):
        store.submit(read_through)


def _fits(kind: str, pattern: str | None) -> bool:
    form = re.escape(pattern or "*").replace(r"\*", ".*")
    return re.fullmatch(form, kind) is not None
