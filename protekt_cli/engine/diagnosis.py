"""What is wrong with an installation, and what to do about it: each fault beside its remedy.

It looks at everything it can without stopping at the first fault, and changes nothing by itself.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from protekt_cli import files
from protekt_cli.clock import Clock
from protekt_cli.config import Settings
from protekt_cli.durations import HOUR, format_duration
from protekt_cli.engine import checkup, development, keys, master_key
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Problem
from protekt_cli.models import KeyStatus
from protekt_cli.store import events as event_table
from protekt_cli.store import meta, sqlite
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store.copying import Progress
from protekt_cli.store.database import SCHEMA_VERSION, View

#: Seconds by which clocks may differ without anybody being told.
_TOLERANCE = 60
#: Seconds after which nobody works on a file any more that was to be renamed.
_ABANDONED = HOUR


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and what was found."""

    id: str
    status: Verdict
    detail: str
    remedy: str | None = None
    #: Does what the remedy says, where that can harm nobody.
    fix: Callable[[], None] | None = None


def examine(
    settings: Settings,
    environ: Mapping[str, str],
    clock: Clock,
    private: Iterable[Path],
    progress: Progress,
) -> Iterator[Check]:
    """Look at the database, its keys, its files and its clock.

    Args:
        private: More files that hold secrets.
    """
    path = settings.database.path
    yield _library()
    yield from _modes(path, environ, private)
    yield _leftovers(path, environ, clock)
    try:
        engine = Engine.open(settings, environ, clock)
    except Problem as problem:
        yield _failed("database", problem)
        return
    try:
        yield Check("database", Verdict.OK, f"{path}, schema {SCHEMA_VERSION}")
        yield _integrity(path, progress)
        yield from _keys(engine, environ)
        yield _clock(engine)
    finally:
        engine.close()


def _library() -> Check:
    version = ".".join(map(str, sqlite.VERSION))
    if not sqlite.has_wal_reset_bug():
        return Check("sqlite", Verdict.OK, f"SQLite {version}, write-ahead log")
    return Check(
        "sqlite",
        Verdict.WARN,
        f"SQLite {version} can lose writes in a write-ahead log: a rollback journal is used,"
        " which is slower",
        "use a platform for which pysqlite3 has a wheel, or a Python with SQLite 3.51.3",
    )


def _modes(path: Path, environ: Mapping[str, str], private: Iterable[Path]) -> Iterator[Check]:
    """Look at who else may read what is secret, or put something in its place."""
    key_file = master_key.key_file_in_use(path, environ)
    logs = (path.with_name(path.name + log) for log in sqlite.LOGS)
    secret = [path, *logs, *([key_file] if key_file else []), *private]
    loose = [file for file in secret if file.exists() and files.is_loose(file)]
    if loose:
        names = " ".join(map(str, loose))
        yield Check(
            "modes",
            Verdict.WARN,
            f"others may read or write {names}",
            f"chmod 600 {names}, or: protekt doctor --fix",
            lambda: _tighten(loose),
        )
    else:
        yield Check("modes", Verdict.OK, "files with secrets are private")
    folders = dict.fromkeys(file.parent for file in secret if file.exists())
    open_ = [folder for folder in folders if stat.S_IMODE(folder.stat().st_mode) & 0o022]
    if open_:
        names = " ".join(map(str, open_))
        yield Check("folders", Verdict.WARN, f"others may write in {names}", f"chmod go-w {names}")
    else:
        yield Check("folders", Verdict.OK, "nobody else may write where they are")


def _tighten(loose: Iterable[Path]) -> None:
    for file in loose:
        file.chmod(files.PRIVATE)


def _leftovers(path: Path, environ: Mapping[str, str], clock: Clock) -> Check:
    """Look for files that a command left behind when it was killed."""
    key_file = master_key.key_file_in_use(path, environ)
    now = clock.now().seconds
    left = [
        file
        for base in (path, *([key_file] if key_file else []))
        for file in files.scratch_of(base)
        if now - file.stat().st_mtime > _ABANDONED
    ]
    if not left:
        return Check("leftovers", Verdict.OK, "no command left files behind")
    names = " ".join(map(str, left))
    return Check(
        "leftovers",
        Verdict.WARN,
        f"a command that was killed left {names}",
        f"rm {names}, or: protekt doctor --fix",
        lambda: _remove(left),
    )


def _remove(left: Iterable[Path]) -> None:
    for file in left:
        file.unlink(missing_ok=True)


def _integrity(path: Path, progress: Progress) -> Check:
    try:
        faults = checkup.check(path, progress)
    except Problem as problem:
        return _failed("integrity", problem)
    if not faults:
        return Check("integrity", Verdict.OK, "the database is whole")
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Check(
        "integrity",
        Verdict.FAIL,
        f"{faults[0]}{more}",
        "go back to a good copy: protekt db restore FILE; all faults: protekt db check",
    )


def _keys(engine: Engine, environ: Mapping[str, str]) -> Iterator[Check]:
    try:
        engine.unlock()
        found = master_key.find(engine.store.path, environ)
    except Problem as problem:
        yield _failed("master_key", problem)
        return
    if len(found) > 1:
        yield Check(
            "master_key",
            Verdict.WARN,
            f"{engine.key_file} still holds the key before this one",
            "make a new one: protekt db rekey",
        )
    else:
        yield Check("master_key", Verdict.OK, "the master key opens the database")
    try:
        yield engine.read(lambda view: _signing_keys(engine, view))
    except Problem as problem:
        yield replace(_failed("signing_keys", problem), remedy="run: protekt keys rotate")


def _signing_keys(engine: Engine, view: View) -> Check:
    active = keys.get_active(engine, view)
    upcoming = key_table.find_by_status(view, KeyStatus.NEXT)
    if upcoming is None:
        return Check(
            "signing_keys",
            Verdict.WARN,
            "there is no next signing key: verifiers cannot learn of it in time",
            "run: protekt keys rotate",
        )
    engine.keys.open(view, upcoming)
    return Check("signing_keys", Verdict.OK, f"{active.kid} signs, {upcoming.kid} is next")


def _clock(engine: Engine) -> Check:
    offset = engine.read(lambda view: meta.find(view, meta.CLOCK_OFFSET)) or 0
    if offset:
        return Check(
            "clock",
            Verdict.FAIL,
            f"the clock of the database is {format_duration(offset // 1000)} ahead",
            development.BACK_TO_REAL_TIME,
        )
    now = engine.store.now().seconds
    newest = engine.read(_newest_event)
    if newest is not None and newest > now + _TOLERANCE:
        return Check(
            "clock",
            Verdict.WARN,
            f"the newest event was written {format_duration(newest - now)} from now: this"
            " machine's clock was set back",
            "set the clock by a time server",
        )
    return Check("clock", Verdict.OK, "the clock is at or after the newest event")


def _newest_event(view: View) -> int | None:
    """Return when the newest event was written."""
    last = event_table.list_last(view, event_table.Filter(), 1, None).items
    return last[0].at if last else None


def _failed(id_: str, problem: Problem) -> Check:
    return Check(id_, Verdict.FAIL, problem.message, problem.hint)
