"""A new master key: everything is sealed anew, in one transaction, and what leaked is worthless.

Signing keys are replaced and every session ends, for whoever had the old key could have signed
and derived any token. The file that the key is read from holds both keys from just before the
commit until just after it, so that a crash at any moment leaves a pair that opens.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from protekt_cli.core.vault import Damaged, Vault, new_master_key
from protekt_cli.engine import event_log, events, keys, master_key, revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, EndReason, StoreUnavailable
from protekt_cli.files import is_there, refuse_symlink
from protekt_cli.store import measures, meta, sealed, users
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View

_ALL = session_table.Filter()


@dataclass(frozen=True, slots=True)
class Report:
    """What a new master key did, or in a dry run would do."""

    key_file: Path
    #: Sessions that ended.
    sessions: int
    #: Password hashes that were sealed anew.
    passwords: int


def preview(engine: Engine, key_file: Path) -> Report:
    """Return what `rekey` would do, and raise what can be known to stand in its way.

    Raises:
        Conflict: *key_file* is not the one in use, and is there already.
        StoreUnavailable: The present master key is missing, or the file is a symbolic link.
    """
    refuse_symlink(key_file)
    if not _is_in_use(engine, key_file) and is_there(key_file):
        raise Conflict(f"{key_file} is there already", hint="nothing was overwritten")

    def count(view: View) -> Report:
        engine.master_key_at(view)
        passwords = sum(1 for _ in sealed.passwords(view))
        return Report(key_file, measures.count_active(view), passwords)

    return engine.read(count)


def rekey(engine: Engine, key_file: Path, *, actor: str) -> Report:
    """Make a new master key, seal everything under it, and write it to *key_file*.

    Raises:
        Conflict: *key_file* is not the one in use, and is there already.
        StoreUnavailable: The present master key is missing or a sealed value is damaged (nothing
            is changed), or the file cannot be written.
    """
    new_key = new_master_key()
    in_use = _is_in_use(engine, key_file)
    made: list[Path] = []

    def change_over(transaction: Transaction) -> Report:
        old_key = engine.master_key_at(transaction)
        report = _seal_all(engine, transaction, new_key, key_file, actor)
        # Last, when nothing can fail any more but the commit: then the file opens either way.
        both = (new_key, old_key) if in_use else (new_key,)
        master_key.write(key_file, *both, overwrite=in_use)
        if not in_use:
            made.append(key_file)
        return report

    try:
        report = engine.submit(change_over)
    except BaseException:
        if made:
            _remove_useless(engine, key_file, new_key)
        raise
    if in_use:
        with _afterwards(
            "its file still holds the old one too", f"take the second line out of {key_file}"
        ):
            engine.submit(lambda transaction: _forget_old(transaction, key_file, new_key))
    with _afterwards("its log still holds what the old one opens", "run: protekt db vacuum"):
        engine.store.empty_log()
    return report


def _remove_useless(engine: Engine, key_file: Path, new_key: bytes) -> None:
    """Take a key file that was made away where the database did not change over to its key."""
    if engine.read(lambda view: meta.find(view, meta.MASTER_KEY_CHECK)) != Vault(new_key).check:
        key_file.unlink()


def _is_in_use(engine: Engine, key_file: Path) -> bool:
    present = engine.key_file
    return present is not None and present.absolute() == key_file.absolute()


def _seal_all(
    engine: Engine, transaction: Transaction, new_key: bytes, key_file: Path, actor: str
) -> Report:
    old, new = engine.vault_at(transaction), engine.adopt(new_key)
    passwords = _seal_passwords(transaction, old, new)
    _seal_events(transaction, old, new)
    meta.put(transaction, meta.MASTER_KEY_CHECK, new.check)
    keys.replace_all(engine, transaction)
    ended = _end_sessions(engine, transaction, actor)
    events.append(engine, transaction, "db:rekey", actor=actor, data={"sessions": ended})
    return Report(key_file, ended, passwords)


def _seal_passwords(transaction: Transaction, old: Vault, new: Vault) -> int:
    count = 0
    for user_id, value in sealed.passwords(transaction):
        try:
            plain = old.open(value, "users", user_id, "password")
        except Damaged:
            raise StoreUnavailable(
                f"the password hash of {user_id} is damaged",
                hint=f"give the user a new one: protekt users set-password {user_id}",
            ) from None
        again = new.seal(plain, "users", user_id, "password")
        users.set_sealed_password(transaction, user_id, again)
        count += 1
    return count


def _seal_events(transaction: Transaction, old: Vault, new: Vault) -> None:
    """Make the seals anew that hold; one that does not must be found as false later too."""
    for seq, digest, seal in sealed.event_seals(transaction):
        if hmac.compare_digest(old.event_seal(digest), seal):
            sealed.set_event_seal(transaction, seq, new.event_seal(digest))
    event_log.seal_anew(transaction, old, new)


def _end_sessions(engine: Engine, transaction: Transaction, actor: str) -> int:
    """End every session, and let no login create one that is under way."""
    meta.add_revocation(transaction)
    count = 0
    while ended := revocation.end_living(
        engine, transaction, _ALL, EndReason.REVOKED, actor=actor, limit=revocation.STEP
    ):
        count += len(ended)
    return count


def _forget_old(transaction: Transaction, key_file: Path, new_key: bytes) -> None:
    """Leave the new key alone in the file, unless yet another has taken its place by now."""
    if meta.find(transaction, meta.MASTER_KEY_CHECK) == Vault(new_key).check:
        master_key.write(key_file, new_key, overwrite=True)


@contextmanager
def _afterwards(leftover: str, remedy: str) -> Iterator[None]:
    """Say of what fails now that the new master key is in use nevertheless."""
    try:
        yield
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"the database has a new master key, but {leftover}: {error}", hint=remedy
        ) from error
