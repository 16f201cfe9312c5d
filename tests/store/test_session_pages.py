"""Pages of lists that change between two of them: what stays is in exactly one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.clock import Instant
from protekt_cli.core import ids
from protekt_cli.errors import EndReason
from protekt_cli.models import Session, SessionStatus, User
from protekt_cli.store import sessions, users
from protekt_cli.store.database import Store, Transaction
from protekt_cli.store.paging import Page, Position
from tests.store.test_sessions import ALICE, SESSION

FAR = 10**9
BOB = replace(ALICE, id="user_01m89p8efxfe092m3agfy15kf7", email="bob@example.com")


class Undone(Exception):
    """Takes an example's rows back."""


@dataclass
class List:
    """A list of sessions that somebody reads page by page while others change it."""

    transaction: Transaction
    order: str
    status: SessionStatus | None
    limit: int
    #: Every session as it is now, by id.
    rows: dict[str, Session] = field(default_factory=dict)
    #: Those that did not match at some moment since the first page, or were used since.
    moved: set[str] = field(default_factory=set)

    def add(self, user: User, active_at: int, expires_in: int) -> None:
        now = self.transaction.now
        row = replace(
            SESSION,
            id=ids.new_id(ids.Prefix.SESSION, now.milliseconds),
            user_id=user.id,
            created_at=active_at,
            idle_expires_at=now.seconds + 1 + expires_in,
            refresh_expires_at=FAR,
            absolute_expires_at=FAR,
        )
        sessions.add(self.transaction, row)
        self.rows[row.id] = row
        self.moved.add(row.id)

    def advance(self) -> None:
        self.transaction.now = self.transaction.now.moved(1000)
        self._note_strays()

    def end(self, index: int, reason: EndReason) -> None:
        id_ = self._at(index)
        sessions.end(self.transaction, id_, self.transaction.now.seconds, reason)
        self._note_strays()

    def remove(self, index: int) -> None:
        id_ = self._at(index)
        self.transaction.run("DELETE FROM sessions WHERE id = :id", {"id": id_})
        del self.rows[id_]

    def use(self, index: int) -> None:
        """A use moves both what a session was last active at and when it expires."""
        row, now = self.rows[self._at(index)], self.transaction.now.seconds
        row = replace(row, last_active_at=now, idle_expires_at=max(row.idle_expires_at, now + 3))
        sessions.update(self.transaction, row)
        self.rows[row.id] = row
        if self.order.lstrip("-") in ("active", "expires"):
            self.moved.add(row.id)
        self._note_strays()

    def matching(self) -> set[str]:
        wanted = sessions.Filter(status=self.status)
        return {each.id for each in sessions.list_matching(self.transaction, wanted)}

    def page(self, after: Position | None, as_of: int) -> Page[Session]:
        wanted = sessions.Filter(status=self.status)
        return sessions.list_page(
            self.transaction, wanted, self.order, self.limit, after=after, as_of=as_of
        )

    def _at(self, index: int) -> str:
        return sorted(self.rows)[index % len(self.rows)]

    def _note_strays(self) -> None:
        self.moved |= set(self.rows) - self.matching()


_INDEX = st.integers(0, 20)
_USERS = st.sampled_from([ALICE, BOB])
_ADDED = st.tuples(st.just("add"), _USERS, st.integers(0, 5), st.integers(0, 9))
_CHANGES = st.one_of(
    _ADDED,
    st.tuples(st.just("advance")),
    st.tuples(st.just("end"), _INDEX, st.sampled_from([EndReason.LOGOUT, EndReason.IDLE_TIMEOUT])),
    st.tuples(st.just("remove"), _INDEX),
    st.tuples(st.just("use"), _INDEX),
)


def change(listed: List, what: str, *arguments: Any) -> None:
    if what in ("add", "advance") or listed.rows:
        getattr(listed, what)(*arguments)


@pytest.mark.parametrize("order", sessions.ORDERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    first=st.lists(_ADDED, max_size=12),
    batches=st.lists(st.lists(_CHANGES, max_size=4), max_size=12),
    status=st.sampled_from([None, *SessionStatus]),
    limit=st.integers(1, 4),
)
def test_a_session_that_stays_is_in_exactly_one_page(
    store: Store,
    order: str,
    first: list[tuple[Any, ...]],
    batches: list[list[tuple[Any, ...]]],
    status: SessionStatus | None,
    limit: int,
) -> None:
    """Whatever comes, goes, ends or is used meanwhile; and none is in two."""

    def read_through(transaction: Transaction) -> None:
        transaction.now = Instant(10_000)
        users.add(transaction, ALICE, "alice@example.com")
        users.add(transaction, BOB, "bob@example.com")
        listed = List(transaction, order, status, limit)
        for each in first:
            change(listed, *each)
        there = listed.matching()
        listed.moved.clear()
        page, as_of = listed.page(None, 10), 10
        seen, full = [each.id for each in page.items], True
        listed.advance()
        for batch in [*batches, *[[]] * 30]:
            if page.next is None:
                break
            full = full and len(page.items) == limit
            for each in batch:
                change(listed, *each)
            page = listed.page(page.next, as_of)
            assert {each.id for each in page.items} <= listed.matching()
            seen += [each.id for each in page.items]
        assert page.next is None
        assert full
        assert len(seen) == len(set(seen))
        assert (there & set(listed.rows)) - listed.moved <= set(seen)
        raise Undone

    with pytest.raises(Undone):
        store.submit(read_through)
