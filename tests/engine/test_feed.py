"""What streams show: the events of one's own, what is new, and where there is a gap."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.engine import event_log, events, feed
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.event_log import Head
from protekt_cli.engine.feed import Credential, Gap, Interest
from protekt_cli.errors import AmbiguousId, NotFound
from protekt_cli.models import Event
from protekt_cli.store import reset
from tests.conftest import HandClock, Person

EVERYTHING = Interest()
Write = Callable[..., None]


@pytest.fixture
def write(engine: Engine) -> Write:
    """Append events of these types."""

    def write(*types: str, user_id: str | None = None) -> None:
        for type_ in types:
            engine.submit(
                lambda transaction: events.append(
                    engine,
                    transaction,
                    type_,  # noqa: B023 - run at once
                    actor="cli",
                    user_id=user_id,
                )
            )

    return write


def head(engine: Engine) -> Head:
    return engine.read(feed.head)


def prune(engine: Engine, through: int) -> None:
    """Prune up to a `seq`; the event of it is the next one."""
    engine.submit(
        lambda transaction: event_log.prune_step(
            engine, transaction, transaction.now.seconds, through, actor="cli"
        )
    )


def read(engine: Engine, interest: Interest, after: int = 0) -> feed.Passage:
    return engine.read(lambda view: feed.read(view, interest, after, feed.head(view).seq))


def seqs(shown: list[Event]) -> list[int]:
    return [event.seq for event in shown]


def test_own_events_are_of_the_user_and_of_three_kinds(alice: Person, write: Write) -> None:
    """Sessions, devices and logins of that user; nothing else, and nobody else's."""
    alice.login()
    write("session:revoke", "device:new", "login:failure", user_id="somebody else")
    write("user:update", "risk:new_device", "sessions:x", user_id=alice.id)

    shown = read(alice.engine, Interest.of_user(alice.id)).events

    assert ["device:new", "session:create", "login:success"] == [event.type for event in shown]
    assert {alice.id} == {event.user_id for event in shown}


@pytest.mark.parametrize(
    ("pattern", "type_", "expected"),
    [
        ("session:*", "session:revoke", True),
        ("*:revoke", "session:revoke", True),
        ("*", "session:revoke", True),
        ("s*n:*e", "session:revoke", True),
        ("session:revoke", "session:revoke", True),
        ("session", "session:revoke", False),
        ("Session:*", "session:revoke", False),
        ("session:?evoke", "session:revoke", False),
        ("[s]ession:*", "session:revoke", False),
        ("", "session:revoke", False),
    ],
)
def test_pattern_of_a_type_means_the_same_to_a_stream_and_to_a_list(
    engine: Engine, write: Write, pattern: str, type_: str, expected: bool
) -> None:
    """Only `*` means something, whether Python or SQL judges it."""
    write(type_)

    listed = read(engine, Interest((pattern,))).events

    assert expected is feed.fits(pattern, type_)
    assert expected is bool(listed)


def test_reading_goes_on_behind_the_last_seq(engine: Engine, write: Write) -> None:
    """A page ends where it was looked through, whether or not something was found there."""
    write("user:create", "user:update", "user:create")

    first = read(engine, Interest(("user:create",)))
    rest = read(engine, Interest(("user:create",)), first.through)

    assert [1, 3] == seqs(first.events)
    assert ([], 3) == (rest.events, rest.through)


def test_reading_is_bounded(engine: Engine, write: Write) -> None:
    """However much there is, one reading looks at no more than a window of it."""
    write(*["user:create"] * (feed.WINDOW + 1))

    first = read(engine, EVERYTHING)
    rest = read(engine, EVERYTHING, first.through)

    assert (feed.WINDOW, feed.WINDOW) == (len(first.events), first.through)
    assert [feed.WINDOW + 1] == seqs(rest.events)


@pytest.mark.parametrize(("after", "gap"), [(0, Gap(0, 3)), (2, Gap(2, 3)), (3, None), (4, None)])
def test_gap_is_told_where_something_was_pruned(
    engine: Engine, write: Write, after: int, gap: Gap | None
) -> None:
    """Whoever saw the last of the pruned events has missed nothing."""
    write(*["user:create"] * 4)
    prune(engine, 3)

    passage = read(engine, EVERYTHING, after)

    assert gap == passage.gap
    assert [seq for seq in (4, 5) if seq > after] == seqs(passage.events)


def test_nothing_is_new_where_nothing_was_written(engine: Engine, write: Write) -> None:
    """Nor in a chain without any event."""
    empty = head(engine)

    assert engine.read(lambda view: feed.look(view, empty)) is None
    write("user:create")
    full = head(engine)
    assert engine.read(lambda view: feed.look(view, full)) is None


def test_news_are_found_in_windows(engine: Engine, write: Write) -> None:
    """Each look takes up where the last one ended."""
    write("user:create")
    known = head(engine)
    write(*["user:update"] * (feed.WINDOW + 2))

    first = engine.read(lambda view: feed.look(view, known))
    assert first is not None
    second = engine.read(lambda view: feed.look(view, first.head))
    assert second is not None

    assert list(range(2, feed.WINDOW + 4)) == seqs(first.events + second.events)
    assert [1, feed.WINDOW + 1] == [first.start, second.start]
    assert head(engine) == second.head


def test_pruning_what_was_known_is_no_other_chain(engine: Engine, write: Write) -> None:
    """The checkpoint stands for it."""
    write("user:create", "user:create")
    known = head(engine)
    prune(engine, 2)

    news = engine.read(lambda view: feed.look(view, known))

    assert news is not None
    assert (2, False, [3]) == (news.start, news.is_anew, seqs(news.events))


def test_pruning_more_than_was_known_leaves_a_gap(engine: Engine, write: Write) -> None:
    """What was never looked at and is gone is behind where the news begin."""
    write("user:create")
    known = head(engine)
    write("user:create", "user:create")
    prune(engine, 3)

    news = engine.read(lambda view: feed.look(view, known))

    assert news is not None
    assert (3, False, [4]) == (news.start, news.is_anew, seqs(news.events))


def test_emptied_chain_begins_anew(engine: Engine, write: Write) -> None:
    """Also where as many events have been written since."""
    write("user:create", "user:create")
    known = head(engine)
    engine.submit(reset.empty)
    write("user:update", "user:update", "user:update")

    news = engine.read(lambda view: feed.look(view, known))

    assert news is not None
    assert (0, True, [1, 2, 3]) == (news.start, news.is_anew, seqs(news.events))


def test_restored_chain_goes_on_with_the_restore(engine: Engine, write: Write) -> None:
    """What is new to whoever knows the replaced chain begins with the last restore."""
    write("user:create", "db:restore", "user:update", "db:restore", "session:revoke")

    assert 3 == engine.read(feed.beginning)


def test_session_whose_deadline_struck_is_good_until_that_is_written(
    alice: Person, clock: HandClock
) -> None:
    """Its stream ends with the event of the end, which is about to come."""
    grant = alice.login()
    credential = Credential.of(grant.session)
    clock.advance(40 * 86400)

    assert alice.engine.read(lambda view: feed.is_good(view, credential))


@pytest.mark.parametrize(
    "id_", ["sess_01jz3b6m1zfr0v4sq4t7fb4s2q", "apikey_01jz3b6m1zfr0v4sq4t7fb4s2q", "x"]
)
def test_credential_that_is_not_there_is_not_good(engine: Engine, id_: str) -> None:
    """A restored database may know neither the session nor the key."""
    assert not engine.read(lambda view: feed.is_good(view, Credential(id_)))


def test_filter_takes_what_people_type(alice: Person) -> None:
    """An e-mail, a cut id, and the whole id of somebody who is gone."""
    session = alice.login().session
    engine = alice.engine

    by_email = engine.read(
        lambda view: feed.interest(view, type_="login:*", user=alice.email, session=None)
    )
    by_start = engine.read(
        lambda view: feed.interest(view, type_=None, user=None, session=session.id[:20])
    )
    engine.submit(reset.empty)
    engine.submit(
        lambda transaction: events.append(
            engine, transaction, "user:delete", actor="cli", user_id=alice.id
        )
    )
    gone = engine.read(lambda view: feed.interest(view, type_=None, user=alice.id, session=None))

    assert Interest(("login:*",), alice.id) == by_email
    assert Interest(session_id=session.id) == by_start
    assert Interest(user_id=alice.id) == gone


def test_filter_by_what_nothing_has_is_refused(alice: Person) -> None:
    """A stream that can never show anything is a mistake."""
    engine = alice.engine

    with pytest.raises(NotFound):
        engine.read(lambda view: feed.interest(view, type_=None, user="a@b.example", session=None))
    with pytest.raises(AmbiguousId):
        engine.read(lambda view: feed.interest(view, type_=None, user=None, session="sess_1"))
