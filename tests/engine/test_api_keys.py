"""API keys: shown once, found by their digest while they are good, unknown when revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from protekt_cli.engine import api_keys
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import AmbiguousId, InvalidRequest, NotFound
from protekt_cli.models import ApiKey, Event, Scope
from tests.conftest import START, HandClock, Install

Recorded = Callable[..., list[Event]]


def create(
    engine: Engine,
    name: str = "ci",
    scope: Scope = Scope.CLIENT,
    expires_in: int | None = None,
) -> tuple[ApiKey, str]:
    return engine.submit(
        lambda transaction: api_keys.create(
            engine, transaction, name=name, scope=scope, expires_in=expires_in, actor="cli"
        )
    )


def find(engine: Engine, presented: str) -> ApiKey | None:
    return engine.read(lambda view: api_keys.find(view, presented))


def get(engine: Engine, text: str) -> ApiKey:
    return engine.read(lambda view: api_keys.get(view, text))


def revoke(engine: Engine, text: str) -> ApiKey:
    return engine.submit(
        lambda transaction: api_keys.revoke(engine, transaction, text, actor="cli")
    )


def note_use(engine: Engine, key: ApiKey) -> None:
    engine.submit(lambda transaction: api_keys.note_use(transaction, key))


def test_key_is_found_by_what_it_was_shown_as(engine: Engine) -> None:
    """A program presents it, and the rest is as it was made."""
    key, presented = create(engine, "deploy", Scope.READ)

    assert find(engine, presented) == key
    assert (key.name, key.scope, key.created_at) == ("deploy", "read", START)
    assert (key.expires_at, key.last_used_at) == (None, None)


def test_key_is_43_random_characters_behind_its_prefix(engine: Engine) -> None:
    """No two are alike."""
    presented = {create(engine)[1] for _ in range(20)}

    assert all(re.fullmatch("pk_[A-Za-z0-9_-]{43}", each) for each in presented)
    assert len(presented) == 20


def test_database_holds_a_digest_and_not_the_key(engine: Engine) -> None:
    """Nor its random part, in the file or in what is not yet moved into it."""
    _, presented = create(engine)

    written = b"".join(path.read_bytes() for path in engine.store.path.parent.glob("protekt.db*"))

    assert presented.removeprefix("pk_").encode() not in written
    assert "pk_" not in repr(engine.read(api_keys.list_all))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key + "\udcff",
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: key.removeprefix("pk_"),
        lambda key: "PK_" + key.removeprefix("pk_"),
        lambda key: key[:-1] + "é",
        lambda key: "pk_",
        lambda key: "",
    ],
)
def test_anything_else_is_unknown(engine: Engine, spoil: Callable[[str], str]) -> None:
    """Nothing that is nearly the key, no part of it, and no text that has no bytes."""
    _, presented = create(engine)

    assert find(engine, spoil(presented)) is None


def test_id_is_no_credential(engine: Engine) -> None:
    """Who knows the id of a key does not have the key."""
    key, _ = create(engine)

    assert find(engine, key.id) is None


def test_key_ends_at_its_expiry(engine: Engine, clock: HandClock) -> None:
    """At the second itself it is over; it stays listed, where its time says so."""
    key, presented = create(engine, expires_in=60)
    assert key.expires_at == START + 60

    clock.advance(59)
    before = find(engine, presented)
    clock.advance(1)

    assert before == key
    assert find(engine, presented) is None
    assert engine.read(api_keys.list_all) == [key]


@pytest.mark.parametrize("seconds", [0, -1])
def test_key_that_would_be_dead_at_once_is_not_made(
    engine: Engine, recorded: Recorded, seconds: int
) -> None:
    """A mistake is said when it is made, and not when the key is needed."""
    with pytest.raises(InvalidRequest, match="a second at least"):
        create(engine, expires_in=seconds)

    assert engine.read(api_keys.list_all) == []
    assert recorded() == []


@pytest.mark.parametrize("name", ["", " \t", "n" * 201])
def test_name_says_something(engine: Engine, name: str) -> None:
    """In at most 200 characters, white space around it apart."""
    with pytest.raises(InvalidRequest, match="1 to 200 characters"):
        create(engine, name)

    assert create(engine, f" {'n' * 200} ")[0].name == "n" * 200


def test_revoked_key_is_unknown_everywhere(engine: Engine) -> None:
    """It is not found, not listed, not shown, and not revoked again."""
    key, presented = create(engine)
    other, _ = create(engine)

    revoke(engine, key.id)

    assert find(engine, presented) is None
    assert engine.read(api_keys.list_all) == [other]
    for attempt in (get, revoke):
        with pytest.raises(NotFound, match="there is no API key"):
            attempt(engine, key.id)


def test_key_revoked_by_one_engine_is_refused_by_another_at_once(
    engine: Engine, install: Install
) -> None:
    """What an engine has found it does not go on believing."""
    running = install()
    key, presented = create(engine)
    assert find(running, presented) == key

    revoke(engine, key.id)

    assert find(running, presented) is None


def test_expired_key_can_be_revoked(engine: Engine, clock: HandClock) -> None:
    """That is how it leaves the list."""
    key, _ = create(engine, expires_in=1)
    clock.advance(1)

    revoke(engine, key.id)

    assert engine.read(api_keys.list_all) == []


def test_id_may_be_cut_to_an_unambiguous_start(engine: Engine, clock: HandClock) -> None:
    """As other ids may be; one that is revoked makes no other ambiguous."""
    first, _ = create(engine)
    second, _ = create(engine)
    start = first.id[: len("apikey_") + 8]

    with pytest.raises(AmbiguousId, match="more than one API key"):
        get(engine, start)
    revoke(engine, first.id[:-1])

    assert get(engine, start) == second
    with pytest.raises(AmbiguousId, match="too short"):
        get(engine, start[:-1])
    with pytest.raises(NotFound):
        get(engine, "apikey_00000000")
    with pytest.raises(NotFound, match="no API key id"):
        get(engine, "key_00000000")


def test_keys_are_listed_the_oldest_first(engine: Engine, clock: HandClock) -> None:
    """By their ids, which sort by creation."""
    made = []
    for name in ("one", "two", "three"):
        made.append(create(engine, name)[0])
        clock.advance(1)

    assert engine.read(api_keys.list_all) == made


def test_last_use_is_noted_once_a_minute(engine: Engine, clock: HandClock) -> None:
    """The first at once; a busy program writes no more often, and the note is never ahead."""
    key, presented = create(engine)
    noted = []
    for _ in range(4):
        clock.advance(30)
        key = find(engine, presented) or key
        if api_keys.is_use_due(key, clock.now().seconds):
            note_use(engine, key)
            noted.append(clock.now().seconds - START)

    assert noted == [30, 90]
    assert get(engine, key.id).last_used_at == START + 90


def test_what_is_done_with_keys_is_on_record(engine: Engine, recorded: Recorded) -> None:
    """Which key and what it may do: neither the key nor a name that may say who somebody is."""
    key, presented = create(engine, "alice@example.com", Scope.ADMIN, 60)
    revoke(engine, key.id)

    created, revoked = recorded()

    assert (created.type, created.actor) == ("apikey:create", "cli")
    assert created.data == {"id": key.id, "scope": "admin", "expiresAt": START + 60}
    assert (revoked.type, revoked.actor, revoked.data) == ("apikey:revoke", "cli", {"id": key.id})
    assert presented not in repr(recorded())
    assert "alice@example.com" not in repr(recorded())
