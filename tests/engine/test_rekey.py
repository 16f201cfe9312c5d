"""A new master key: everything opens by it, nothing by the old one, and nothing else is lost."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from protekt_cli.core import chain
from protekt_cli.engine import (
    authentication,
    event_log,
    keys,
    master_key,
    rekey,
    revocation,
    validation,
)
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.rekey import Report
from protekt_cli.errors import (
    Conflict,
    InvalidCredentials,
    InvalidToken,
    Problem,
    Reason,
    StoreUnavailable,
)
from protekt_cli.models import Caller, Event, Grant
from protekt_cli.store import checkpoint, sealed, signing_keys
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View
from tests.conftest import Install, Person

T = TypeVar("T")
Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]


def renew(engine: Engine, key_file: Path | None = None) -> Report:
    """Renew the master key, in the file in use unless another is named."""
    target = key_file or engine.key_file
    assert target is not None
    return rekey.rekey(engine, target, actor="cli")


def key_file_of(engine: Engine) -> Path:
    path = engine.key_file
    assert path is not None
    return path


def sealed_values(view: View) -> set[bytes]:
    """Return all that is sealed under the master key."""
    values = {key.sealed for key in signing_keys.list_all(view)}
    values |= {value for _, value in sealed.passwords(view)}
    return values | {seal for _, _, seal in sealed.event_seals(view)}


def test_the_new_key_takes_the_place_of_the_old_one(engine: Engine, install: Install) -> None:
    """In its file, alone and private, and another engine opens the database by it."""
    before = key_file_of(engine).read_text()

    renew(engine)

    after = key_file_of(engine).read_text()
    assert len(after.splitlines()) == 1
    assert after != before
    assert stat.S_IMODE(key_file_of(engine).stat().st_mode) == 0o600
    install().unlock()


def test_the_old_key_opens_nothing_any_more(
    engine: Engine, install: Install, tmp_path: Path
) -> None:
    """Whoever has it can do nothing with the database that there is now."""
    old = key_file_of(engine).read_text()

    renew(engine)

    with pytest.raises(StoreUnavailable, match="is not the one of"):
        install(environ={"PROTEKT_MASTER_KEY": old}).unlock()
    assert (tmp_path / "protekt.db").exists()


def test_every_session_ends_and_no_token_of_it_works(
    engine: Engine, alice: Person, refresh: Refresh, recorded: Recorded
) -> None:
    """Whoever had the old key could have made any of them."""
    grants = [alice.login() for _ in range(3)]

    report = renew(engine)

    assert report.sessions == 3
    ended = {(event.session_id, event.reason) for event in recorded("session:revoke")}
    assert ended == {(grant.session.id, "revoked") for grant in grants}
    for grant in grants:
        assert validation.validate(engine, grant.access_token).reason is Reason.UNKNOWN_KEY
        with pytest.raises(InvalidToken):
            refresh(grant.refresh_token)


def test_more_sessions_than_one_step_end_in_the_same_transaction(
    engine: Engine, alice: Person, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their events stand side by side, with nothing between them and the rekey's."""
    monkeypatch.setattr(revocation, "STEP", 2)
    for _ in range(5):
        alice.login()

    renew(engine)

    assert [event.type for event in recorded()[-6:]] == ["session:revoke"] * 5 + ["db:rekey"]
    assert recorded()[-1].data == {"sessions": 5}


def test_passwords_stay(engine: Engine, alice: Person, install: Install) -> None:
    """The hashes are sealed anew; who knew a password still does."""
    renew(engine)

    grant = alice.login()
    again = replace(alice, engine=install()).login()

    assert validation.validate(engine, grant.access_token).is_valid
    assert validation.validate(engine, again.access_token).is_valid


def test_the_signing_keys_are_replaced(engine: Engine) -> None:
    """What was published is published no more, and what signed is gone."""
    before = engine.read(signing_keys.list_all)

    renew(engine)

    after = {key.kid: key for key in engine.read(signing_keys.list_all)}
    assert {after[key.kid].status.value for key in before} == {"revoked"}
    assert {after[key.kid].sealed for key in before} == {b""}
    published = {key["kid"] for key in engine.read(keys.jwks)["keys"]}
    assert published == after.keys() - {key.kid for key in before}
    assert len(published) == 2


@pytest.mark.usefixtures("alice")
def test_events_still_verify_and_so_does_an_earlier_head(engine: Engine) -> None:
    """The digests stay, only the seals are made anew."""
    head = event_log.verify(engine).head

    renew(engine)

    assert event_log.verify(engine, head).is_ok
    renew(engine)
    assert event_log.verify(engine, head).is_ok


def test_pruned_events_still_verify(engine: Engine, alice: Person) -> None:
    """The checkpoint is sealed anew with them."""
    alice.login()
    now = engine.store.now().seconds
    engine.submit(
        lambda transaction: event_log.prune_step(engine, transaction, now, 2, actor="cli")
    )

    renew(engine)

    assert event_log.verify(engine).is_ok
    assert engine.read(checkpoint.find) is not None


def test_an_edited_event_is_not_made_genuine(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """Somebody without the master key made the digests anew; it stays found out."""
    forged = replace(recorded()[-1], user_id=None)

    def forge(transaction: Transaction) -> None:
        digest = chain.digest(chain.GENESIS, forged)
        transaction.run("UPDATE events SET user_id = NULL, digest = :new", {"new": digest})

    engine.submit(forge)
    alice.login()
    found = event_log.verify(engine).first_bad_seq

    renew(engine)

    assert event_log.verify(engine).first_bad_seq == found == forged.seq == 1


def test_a_forged_checkpoint_is_not_made_genuine(engine: Engine, alice: Person) -> None:
    """Somebody cut the events off and says that they were pruned."""
    alice.login()

    def cut(transaction: Transaction) -> None:
        seq, digest, seal = list(sealed.event_seals(transaction))[1]
        transaction.run("DELETE FROM events WHERE seq <= 2")
        checkpoint.put(transaction, checkpoint.Checkpoint(seq, digest, seal))

    engine.submit(cut)
    assert not event_log.verify(engine).is_ok

    renew(engine)

    assert not event_log.verify(engine).is_ok


def test_an_engine_that_was_open_goes_on(
    engine: Engine, alice: Person, install: Install, add_user: Any
) -> None:
    """It reads the file anew where it finds the database sealed by another key."""
    running = replace(alice, engine=install())
    running.login()

    renew(engine)
    grant = running.login()

    assert validation.validate(running.engine, grant.access_token).is_valid
    assert validation.validate(engine, grant.access_token).is_valid
    assert event_log.verify(engine).is_ok
    add_user(running.engine, "bob@example.com", "a stone of flint")


def test_an_engine_keyed_by_the_variable_has_no_store_any_more(
    engine: Engine, alice: Person, install: Install, refresh: Refresh
) -> None:
    """It can neither log in, nor refresh, nor say anything of a token, an old one included."""
    by_variable = {"PROTEKT_MASTER_KEY": key_file_of(engine).read_text()}
    running = replace(alice, engine=install(environ=by_variable))
    old = running.login()

    renew(engine)

    new = alice.login()
    attempts: list[Callable[[], object]] = [
        lambda: validation.validate(running.engine, old.access_token),
        lambda: validation.validate(running.engine, new.access_token),
        lambda: refresh(new.refresh_token, engine=running.engine),
        running.login,
    ]
    for attempt in attempts:
        with pytest.raises(StoreUnavailable, match="is not the one of"):
            attempt()


def test_a_new_file_leaves_the_one_in_use_alone(engine: Engine, tmp_path: Path) -> None:
    """The new key is where it was asked for, and nowhere else."""
    before = key_file_of(engine).read_text()

    renew(engine, tmp_path / "new.key")

    assert key_file_of(engine).read_text() == before
    assert (tmp_path / "new.key").read_text() != before


def test_a_file_that_is_there_is_not_overwritten(engine: Engine, tmp_path: Path) -> None:
    """Nothing is changed, in the database neither."""
    (tmp_path / "new.key").write_text("precious")

    for attempt in (rekey.preview, renew):
        with pytest.raises(Conflict, match="is there already"):
            attempt(engine, tmp_path / "new.key")

    assert (tmp_path / "new.key").read_text() == "precious"
    engine.unlock()


def test_nothing_is_written_through_a_symbolic_link(engine: Engine, tmp_path: Path) -> None:
    """The database stays with its key, which may be read through one."""
    key_file = key_file_of(engine)
    key_file.rename(tmp_path / "elsewhere.key")
    key_file.symlink_to(tmp_path / "elsewhere.key")
    before = key_file.read_text()

    with pytest.raises(StoreUnavailable, match="symbolic link"):
        renew(engine)

    assert key_file.read_text() == before
    assert master_key.get(engine.store.path, {}, engine.read(engine.vault_at).check)


def test_a_damaged_hash_stops_it_before_anything_is_changed(engine: Engine, alice: Person) -> None:
    """The error names the user, and what helps."""
    engine.submit(
        lambda transaction: user_table.set_sealed_password(transaction, alice.id, b"damaged")
    )
    before, sealed_before = key_file_of(engine).read_text(), engine.read(sealed_values)

    with pytest.raises(StoreUnavailable, match=f"the password hash of {alice.id} is damaged"):
        renew(engine)

    assert key_file_of(engine).read_text() == before
    assert engine.read(sealed_values) == sealed_before


def test_nothing_sealed_by_the_old_key_is_left_in_the_files(
    engine: Engine, alice: Person, install: Install, tmp_path: Path
) -> None:
    """Neither in the database nor in its log, though another engine keeps that in use."""
    running = install()
    alice.login()
    running.unlock()
    old = engine.read(sealed_values)

    renew(engine)

    files = [tmp_path / "protekt.db", tmp_path / "protekt.db-wal"]
    stolen = b"".join(path.read_bytes() for path in files)
    assert [value for value in old if value in stolen] == []
    assert [value for value in engine.read(sealed_values) if value not in stolen] == []


def test_a_login_under_way_creates_no_session(engine: Engine, alice: Person) -> None:
    """Its password was checked before; it is refused as if it were wrong."""
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))
    renew(engine)

    with pytest.raises(InvalidCredentials):
        engine.submit(
            lambda transaction: authentication.conclude(
                engine, transaction, attempt, Caller(), matched=True
            )
        )


class Overtaken(Engine):
    """An engine beside which, after its first commit, another one does something."""

    meanwhile: Callable[[], object] | None = None

    def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        done = super().submit(operation)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return done


def test_of_two_at_once_the_later_key_is_the_one_in_the_file(
    engine: Engine, install: Install
) -> None:
    """The first must not take the second's key out of the file when it tidies up."""
    other = install()
    overtaken = Overtaken(engine.settings, engine.store, {})
    overtaken.meanwhile = lambda: renew(other)

    renew(overtaken)

    assert len(key_file_of(engine).read_text().splitlines()) == 1
    install().unlock()


def test_what_a_crash_left_in_the_file_goes_with_the_next_key(engine: Engine) -> None:
    """Two keys, of which the database knows the second."""
    key_file = key_file_of(engine)
    key_file.write_text(f"{'ab' * 32}\n{key_file.read_text()}")

    renew(engine)

    assert len(key_file.read_text().splitlines()) == 1
    assert "ab" * 32 not in key_file.read_text()


def test_a_preview_says_what_would_be_done_and_does_nothing(
    engine: Engine, alice: Person, recorded: Recorded
) -> None:
    """The same report, and not one byte changed."""
    alice.login()
    before, events = key_file_of(engine).read_text(), recorded()

    foreseen = rekey.preview(engine, key_file_of(engine))

    assert (key_file_of(engine).read_text(), recorded()) == (before, events)
    assert renew(engine) == foreseen
