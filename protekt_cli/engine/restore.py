"""Putting a backup in the place of the database, beside a running server too.

The backup is looked at in a private copy; then its content replaces the database's in one write
transaction, so that whoever has it open goes on with the restored content. Only a database that
cannot be read is moved aside, and one that is not there is made. What is replaced is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from protekt_cli import files
from protekt_cli.clock import Clock
from protekt_cli.config import Settings
from protekt_cli.engine.backup import name_beside
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.reconciliation import Settlement, settle_alone, settle_with_replaced
from protekt_cli.errors import StoreUnavailable, Usage
from protekt_cli.store import (
    copying,
    inspection,
    meta,
    migrations,
    replacement,
    sqlite,
    statistics,
)
from protekt_cli.store.copying import Progress
from protekt_cli.store.database import Store, Transaction
from protekt_cli.store.statistics import Statistics


class Present(StrEnum):
    """What there is where the backup is to be restored."""

    READABLE = "readable"
    DAMAGED = "damaged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was looked at and found good, in a private copy of this version's schema."""

    file: Path
    copy: Path
    schema_version: int
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Report:
    """What a restore did, or in a dry run would do."""

    backup: Backup
    present: Present
    settlement: Settlement
    #: Where the replaced database is now.
    kept: Path | None


class Restore:
    """One restore: what it works on, and in which way."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        clock: Clock,
        *,
        keep_sessions: bool,
        dry_run: bool,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._clock = clock
        self._keep_sessions = keep_sessions
        self._dry_run = dry_run
        self._database = settings.database.path

    @contextmanager
    def prepare(self, file: Path, progress: Progress) -> Iterator[tuple[Backup, Present]]:
        """Look at a backup and at what it will replace; nothing is changed.

        Raises:
            Usage: It is the database itself.
            StoreUnavailable: It is missing, damaged, newer, or of another master key.
        """
        self._refuse_itself(file)
        with files.scratch_beside(self._database) as copy:
            copying.copy_still(file, copy, progress)
            with _named(file, copy):
                backup = self._examine(file, copy, progress)
            yield backup, self._look_at_present(progress)

    def carry_out(self, backup: Backup, present: Present, progress: Progress) -> Report:
        """Replace the database by a prepared backup.

        Raises:
            StoreUnavailable: The database stayed busy, or the disk is full; nothing was changed.
        """
        if present is Present.READABLE:
            return self._replace_content(backup, progress)
        settlement = self._settle_copy(backup, replace_keys=present is Present.DAMAGED)
        if self._dry_run:
            return Report(backup, present, settlement, None)
        if present is Present.DAMAGED:
            return Report(backup, present, settlement, self._move_aside(backup.copy))
        files.put_in_place(backup.copy, self._database)
        return Report(backup, present, settlement, None)

    def _refuse_itself(self, file: Path) -> None:
        if not files.is_there(file):
            raise StoreUnavailable(f"there is no backup at {file}", hint="name the file it is in")
        if files.is_there(self._database) and file.samefile(self._database):
            raise Usage(f"{file} is the database itself", hint="name a backup of it")

    def _examine(self, file: Path, copy: Path, progress: Progress) -> Backup:
        damage = inspection.find_damage(copy, progress)
        version, _ = migrations.upgrade(copy, lambda version: _refuse(damage))
        _refuse(damage or inspection.find_oddities(copy, progress))
        engine = Engine(self._settings, Store.open(copy, self._clock), self._environ)
        try:
            found = engine.unlock().read(statistics.take)
        finally:
            engine.close()
        return Backup(file, copy, version, found)

    def _look_at_present(self, progress: Progress) -> Present:
        if not files.is_there(self._database):
            return Present.MISSING
        if inspection.is_foreign(self._database):
            raise StoreUnavailable(
                f"{self._database} is not a Protekt database", hint="name another with --db"
            )
        if inspection.find_damage(self._database, progress):
            files.refuse_symlink(self._database)
            return Present.DAMAGED
        with self._open() as engine:
            engine.unlock()
        return Present.READABLE

    @contextmanager
    def _open(self) -> Iterator[Engine]:
        engine = Engine.open(self._settings, self._environ, self._clock)
        try:
            yield engine
        finally:
            engine.close()

    def _replace_content(self, backup: Backup, progress: Progress) -> Report:
        kept: list[Path] = []
        with self._open() as engine, files.scratch_beside(self._database) as replaced:

            def replace(transaction: Transaction) -> Report:
                # By a connection of its own, which sees what is committed; nobody can write now.
                copying.copy_live(self._database, replaced, progress, named=self._database)
                settlement = self._put_in_place(engine, transaction, backup, replaced)
                name = name_beside(self._database, "replaced", transaction.now)
                files.put_in_place(replaced, name)  # before the commit: a crash loses neither
                kept.append(name)
                return Report(backup, Present.READABLE, settlement, name)

            try:
                return engine.submit(replace)
            except _OnlyAsked as answer:
                return Report(backup, Present.READABLE, answer.settlement, None)
            except BaseException:
                for name in kept:
                    name.unlink()
                raise

    def _put_in_place(
        self, engine: Engine, transaction: Transaction, backup: Backup, replaced: Path
    ) -> Settlement:
        engine.vault_at(transaction)  # a new master key since the backup was looked at
        replacement.attach(transaction, "replaced", replaced)
        replacement.attach(transaction, "restored", backup.copy)
        check = meta.find(transaction, meta.MASTER_KEY_CHECK)
        replacement.put_in_place(transaction)
        if meta.find(transaction, meta.MASTER_KEY_CHECK) != check:
            # A crashed rekey leaves both keys in the file: the old one must not come back.
            raise StoreUnavailable(
                f"{backup.file} is sealed under another master key than the database",
                hint="restore it elsewhere, with the key that belongs to it",
            )
        settlement = settle_with_replaced(engine, transaction, keep_sessions=self._keep_sessions)
        if self._dry_run:
            raise _OnlyAsked(settlement)
        return settlement

    def _settle_copy(self, backup: Backup, *, replace_keys: bool) -> Settlement:
        engine = Engine(self._settings, Store.open(backup.copy, self._clock), self._environ)
        try:
            return engine.submit(
                lambda transaction: settle_alone(
                    engine,
                    transaction,
                    # Which ones had ended cannot be known where the database is damaged.
                    keep_sessions=self._keep_sessions and not replace_keys,
                    replace_keys=replace_keys,
                )
            )
        finally:
            engine.close()

    def _move_aside(self, copy: Path) -> Path:
        """Let the copy take the place of a damaged file, which is kept with its logs.

        They go first: SQLite would read the new file with them.
        """
        kept = name_beside(self._database, "damaged", self._clock.now())
        for log in sqlite.LOGS:
            path = self._database.with_name(self._database.name + log)
            if path.exists():
                path.rename(kept.with_name(kept.name + log))
        files.change_places(copy, self._database, kept)
        return kept


class _OnlyAsked(Exception):
    """Carries the answer of a dry run out of the transaction, which is rolled back."""

    def __init__(self, settlement: Settlement) -> None:
        super().__init__()
        self.settlement = settlement


def _refuse(faults: list[str]) -> None:
    if faults:
        raise StoreUnavailable(f"the backup is damaged: {faults[0]}", hint="take another one")


@contextmanager
def _named(file: Path, copy: Path) -> Iterator[None]:
    """Say of the backup what is said of its private copy."""
    try:
        yield
    except StoreUnavailable as error:
        message = error.message.replace(str(copy), str(file))
        raise StoreUnavailable(message, hint=error.hint) from error
