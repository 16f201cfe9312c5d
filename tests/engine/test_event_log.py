"""Verifying the chain of events: whatever somebody did to a row is found, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.core import chain
from protekt_cli.core.vault import Vault, new_master_key
from protekt_cli.engine import event_log, events, retention
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.event_log import Head
from protekt_cli.store import checkpoint, meta
from protekt_cli.store import events as event_table
from protekt_cli.store.database import Transaction
from tests.recorded import list_recorded

if TYPE_CHECKING:
    from tests.conftest import HandClock

#: Events that each example begins with.
COUNT = 12
TEXTS = ("id", "type", "user_id", "session_id", "device_id", "ip", "actor", "reason")
SEQS = st.integers(1, COUNT)

Tamper = Callable[[Transaction], object]


def append(engine: Engine, number: int) -> None:
    """Write one event, no two alike."""

    def write(transaction: Transaction) -> None:
        events.append(
            engine,
            transaction,
            "session:refresh",
            actor="system",
            user_id=f"user {number}",
            session_id=f"session {number}",
            device_id=f"device {number}",
            ip=f"192.0.2.{number}",
            reason=f"reason {number}",
            data={"kind": "rotated", "generation": number},
        )

    engine.submit(write)


@pytest.fixture
def chained(engine: Engine) -> Engine:
    """An installation with some events."""
    for number in range(1, COUNT + 1):
        append(engine, number)
    return engine


def first_bad(engine: Engine, tamper: Tamper, known: Head | None = None) -> int | None:
    """Return what a verification finds after somebody tampered; it is undone afterwards."""
    before = engine.read(lambda view: view.rows("SELECT * FROM events"))
    kept = engine.read(lambda view: view.rows("SELECT name, value FROM meta"))
    engine.store.submit(tamper)
    try:
        return event_log.verify(engine, known).first_bad_seq
    finally:
        engine.store.submit(lambda transaction: put_back(transaction, before, kept))


def put_back(transaction: Transaction, rows: list[Any], values: list[Any]) -> None:
    """Replace the tables by what they held."""
    transaction.run("DELETE FROM events")
    names = [f"c{number}" for number in range(13)]
    holders = ", ".join(f":{name}" for name in names)
    for row in rows:
        transaction.run(
            f"INSERT INTO events VALUES ({holders})",  # noqa: S608
            dict(zip(names, row, strict=True)),
        )
    transaction.run("DELETE FROM meta")
    for name, value in values:
        meta.put(transaction, name, value)


def set_column(column: str, seq: int, value: object) -> Tamper:
    """Change one value of one row."""

    def tamper(transaction: Transaction) -> None:
        transaction.run(
            f"UPDATE events SET {column} = :value WHERE seq = :seq",  # noqa: S608
            {"value": value, "seq": seq},
        )

    return tamper


def remove(*seqs: int) -> Tamper:
    """Delete rows."""

    def tamper(transaction: Transaction) -> None:
        for seq in seqs:
            transaction.run("DELETE FROM events WHERE seq = :seq", {"seq": seq})

    return tamper


def swap(one: int, other: int) -> Tamper:
    """Give two events each other's place."""

    def tamper(transaction: Transaction) -> None:
        for old, new in ((one, -1), (other, one), (-1, other)):
            transaction.run(
                "UPDATE events SET seq = :new WHERE seq = :old", {"old": old, "new": new}
            )

    return tamper


def chain_anew(engine: Engine, seq: int) -> Tamper:
    """Change an event and make every digest from there on anew, as who knows the code can."""

    def tamper(transaction: Transaction) -> None:
        set_column("reason", seq, "another")(transaction)
        digest = chain.GENESIS
        for recorded in list_recorded(transaction):
            digest = chain.digest(digest, recorded.event)
            set_column("digest", recorded.event.seq, digest)(transaction)

    return tamper


def test_untouched_events_verify(chained: Engine) -> None:
    """Their number and the last digest are told."""
    found = event_log.verify(chained)

    last = chained.read(list_recorded)[-1]
    assert (COUNT, None) == (found.count, found.first_bad_seq)
    assert f"{COUNT}:{last.digest.hex()}" == str(found.head)


def test_no_events_verify(engine: Engine) -> None:
    """An empty chain has its beginning for a head."""
    found = event_log.verify(engine)

    assert (0, None, f"0:{'00' * 32}") == (found.count, found.first_bad_seq, str(found.head))


def test_long_chain_is_read_in_pages(chained: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is behind the first page is verified too, and progress is told."""
    monkeypatch.setattr(event_log, "_PAGE", 5)
    told: list[float] = []

    found = event_log.verify(chained, progress=told.append)
    bad = first_bad(chained, set_column("reason", COUNT, "another"))

    assert (COUNT, COUNT) == (found.count, bad)
    assert [5 / COUNT, 10 / COUNT, 1.0] == told


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_change_of_a_row_is_found_where_it_is(chained: Engine, data: st.DataObject) -> None:
    """An edit of any column, a gap, a swap, a forgery, a broken value, and a cut tail."""
    seq = data.draw(SEQS)
    other = data.draw(SEQS.filter(lambda drawn: drawn != seq))
    text = st.text(st.characters(codec="utf-8"), max_size=9)
    blob = st.binary(max_size=40)
    ways: dict[str, Callable[[], tuple[Tamper, int]]] = {
        "text": lambda: (
            set_column(data.draw(st.sampled_from(TEXTS)), seq, data.draw(text) + "!"),
            seq,
        ),
        "nothing": lambda: (set_column("reason", seq, None), seq),
        "time": lambda: (set_column("at", seq, data.draw(st.integers(0, 2**40))), seq),
        "data": lambda: (
            set_column("data", seq, json.dumps(data.draw(st.dictionaries(text, text)))),
            seq,
        ),
        "bad data": lambda: (set_column("data", seq, data.draw(text)), seq),
        "digest": lambda: (set_column("digest", seq, data.draw(blob)), seq),
        "seal": lambda: (set_column("seal", seq, data.draw(blob)), seq),
        "gap": lambda: (remove(seq), seq) if seq < COUNT else (remove(1), 1),
        "renumbered": lambda: (set_column("seq", seq, COUNT + 5), seq),
        "before all": lambda: (set_column("seq", seq, -3), -3),
        "swap": lambda: (swap(seq, other), min(seq, other)),
        "forged chain": lambda: (chain_anew(chained, seq), seq),
        "cut tail": lambda: (remove(*range(seq, COUNT + 1)), seq),
    }
    head = event_log.verify(chained).head

    tamper, expected = ways[data.draw(st.sampled_from(sorted(ways)))]()

    assert expected == first_bad(chained, tamper, head)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE events SET type = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE events SET data = replace(data, ' ', '') WHERE seq = 3",
        "UPDATE events SET data = '{\"kind\": 1, ' || substr(data, 2) WHERE seq = 3",
        "UPDATE events SET data = printf('%.*c', 100000, '[') WHERE seq = 3",
    ],
    ids=["no text", "other spaces", "doubled member", "too deep"],
)
def test_what_reads_alike_or_not_at_all_is_found(chained: Engine, tampering: str) -> None:
    """A row that cannot be read is a finding, no failure; nor does it pass in other words."""
    bad = first_bad(chained, lambda transaction: transaction.run(tampering))

    assert bad == 3


def test_tail_that_was_cut_is_missed_without_a_head(chained: Engine) -> None:
    """Nothing in the database tells of it: that is what the head is for."""
    head = event_log.verify(chained).head

    unaware = first_bad(chained, remove(COUNT - 1, COUNT))
    aware = first_bad(chained, remove(COUNT - 1, COUNT), head)

    assert (None, COUNT - 1) == (unaware, aware)


def test_old_head_still_verifies_when_events_were_added(chained: Engine) -> None:
    """And one of another chain does not."""
    head = event_log.verify(chained).head
    append(chained, COUNT + 1)

    found = event_log.verify(chained, head)
    other = event_log.verify(chained, Head(head.seq, bytes(32)))

    assert (None, COUNT + 1) == (found.first_bad_seq, found.count)
    assert (COUNT, COUNT - 1) == (other.first_bad_seq, other.count)


def prune(engine: Engine, clock: HandClock) -> int:
    """Prune all that is there, and write some more."""
    clock.advance(10)
    pruned = retention.prune_events(engine, 5, actor="cli")
    for number in range(3):
        append(engine, number)
    return pruned


def test_what_remains_of_a_pruning_verifies(chained: Engine, clock: HandClock) -> None:
    """A whole prefix went, the pruning is an event, and `seq` goes on without a hole."""
    head = event_log.verify(chained).head

    pruned = prune(chained, clock)

    found = event_log.verify(chained, head)
    remaining = [each.event for each in chained.read(list_recorded)]
    assert (COUNT, None, 4) == (pruned, found.first_bad_seq, found.count)
    assert list(range(COUNT + 1, COUNT + 5)) == [event.seq for event in remaining]
    assert ("events:prune", "cli") == (remaining[0].type, remaining[0].actor)
    assert {"pruned": COUNT, "through": COUNT} == remaining[0].data


def test_later_pruning_moves_the_checkpoint_on(chained: Engine, clock: HandClock) -> None:
    """After two of them there is one checkpoint, and the rest verifies."""
    prune(chained, clock)
    prune(chained, clock)

    found = event_log.verify(chained)

    assert (None, 4) == (found.first_bad_seq, found.count)


def test_gap_behind_a_checkpoint_is_found(chained: Engine, clock: HandClock) -> None:
    """The first event must follow what was pruned."""
    prune(chained, clock)

    assert first_bad(chained, remove(COUNT + 1)) == COUNT + 1


def test_checkpoint_without_the_master_key_is_found(chained: Engine, clock: HandClock) -> None:
    """Whoever deletes a beginning can put its last event there, but cannot seal it."""
    rows = {each.event.seq: each for each in chained.read(list_recorded)}

    def cut(transaction: Transaction) -> None:
        event_table.remove_through(transaction, 5)
        forged = checkpoint.Checkpoint(5, rows[5].digest, rows[5].seal)
        checkpoint.put(transaction, forged)

    forged = first_bad(chained, cut)
    prune(chained, clock)
    removed = first_bad(chained, checkpoint.remove)
    broken = first_bad(chained, lambda view: meta.put(view, "checkpoint_digest", "no bytes"))

    assert (5, 1, 0) == (forged, removed, broken)


def test_verification_begins_anew_when_events_are_pruned_meanwhile(
    chained: Engine, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process prunes between two pages is no gap."""
    monkeypatch.setattr(event_log, "_PAGE", 5)
    clock.advance(10)
    other = Engine(chained.settings, chained.store, {})

    def meddle(done: float) -> None:
        retention.prune_events(other, 5, actor="cli")

    found = event_log.verify(chained, progress=meddle)

    assert (None, 1) == (found.first_bad_seq, found.count)


def test_false_checkpoint_is_not_made_true_by_a_new_master_key(
    chained: Engine, clock: HandClock
) -> None:
    """Only one whose seal holds is sealed anew."""
    prune(chained, clock)
    old, new = chained.read(chained.vault_at), Vault(new_master_key())
    kept = chained.read(checkpoint.find)
    assert kept is not None

    chained.submit(lambda transaction: event_log.seal_anew(transaction, old, new))
    sealed = chained.read(checkpoint.find)
    chained.submit(lambda transaction: event_log.seal_anew(transaction, old, old))

    assert sealed is not None
    assert new.event_seal(chain.checkpoint_text(kept.seq, kept.digest)) == sealed.seal
    assert sealed == chained.read(checkpoint.find)


@pytest.mark.parametrize("text", ["", "1", "1:", "1:ab", f"x:{'0' * 64}", f"-1:{'0' * 64}"])
def test_head_of_another_form_is_refused(text: str) -> None:
    """It is SEQ:DIGEST and nothing else."""
    with pytest.raises(ValueError, match="SEQ:DIGEST"):
        Head.parse(text)
