"""The chain of events: what is changed, taken out or swapped breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protekt_cli.core import chain
from protekt_cli.models import Event


def event(seq: int) -> Event:
    """Return an event of which every field is set."""
    return Event(
        seq=seq,
        id=f"evt_{seq}",
        type="session:create",
        at=1000 + seq,
        user_id="user_a",
        session_id="sess_a",
        device_id="dev_a",
        ip="127.0.0.1",
        actor="user_a",
        reason="logout",
        data={"kind": "rotated", "generation": seq},
    )


EVENTS = tuple(event(seq) for seq in range(1, 6))


def digests(events: tuple[Event, ...]) -> list[bytes]:
    """Return the digest of each event behind the one before."""
    found = [chain.GENESIS]
    for each in events:
        found.append(chain.digest(found[-1], each))
    return found[1:]


@pytest.mark.parametrize(
    "edit",
    [
        {"seq": 9},
        {"id": "evt_9"},
        {"type": "session:revoke"},
        {"at": 1},
        {"user_id": None},
        {"session_id": "sess_b"},
        {"device_id": "dev_b"},
        {"ip": None},
        {"actor": "cli"},
        {"reason": "revoked"},
        {"data": {"kind": "rotated", "generation": "3"}},
        {"data": {}},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_of_any_field_changes_all_that_follows(edit: dict[str, object]) -> None:
    """The digests before it stay, none from there on does."""
    before = digests(EVENTS)

    after = digests((*EVENTS[:2], replace(EVENTS[2], **edit), *EVENTS[3:]))  # type: ignore[arg-type]

    assert after[:2] == before[:2]
    assert not set(after[2:]) & set(before[2:])


def test_a_gap_or_a_swap_changes_all_that_follows() -> None:
    """As does an event that was put in."""
    first, second, third, *rest = EVENTS
    before = digests(EVENTS)

    gap = digests((first, third, *rest))
    swap = digests((first, third, second, *rest))
    stranger = digests((first, event(9), second, third, *rest))

    assert gap[0] == swap[0] == stranger[0] == before[0]
    assert not set(before[1:]) & {*gap[1:], *swap[1:], *stranger[1:]}


def test_values_cannot_move_between_fields() -> None:
    """Two events that differ by where a value stands have two digests."""
    here = replace(EVENTS[0], user_id="x", session_id=None)
    there = replace(EVENTS[0], user_id=None, session_id="x")

    assert chain.digest(chain.GENESIS, here) != chain.digest(chain.GENESIS, there)


def test_the_order_of_data_does_not_matter() -> None:
    """What comes back from the database has the digest of what went in."""
    one = replace(EVENTS[0], data={"a": 1, "b": "\u00e9"})
    other = replace(EVENTS[0], data={"b": "\u00e9", "a": 1})

    assert chain.digest(chain.GENESIS, one) == chain.digest(chain.GENESIS, other)
