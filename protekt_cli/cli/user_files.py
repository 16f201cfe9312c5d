"""Users in files, JSONL or CSV by the file's ending: brought in, all or none, and taken out.

What a row may say is the engine's to judge; here files are read and written.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import of
from protekt_cli.cli.options import AsJson, DryRun, one_format
from protekt_cli.cli.output import Format, Output
from protekt_cli.errors import Conflict, Failed, InvalidRequest, NotFound, Usage

if TYPE_CHECKING:
    from protekt_cli.engine.user_import import Fault, NewUser
    from protekt_cli.models import User
    from protekt_cli.store.database import View

    Write = Callable[[dict[str, Any]], None]

_ENDINGS = (".jsonl", ".csv")
#: Users between two words of how far it is.
_PORTION = 500


@examples(
    "protekt users import users.jsonl --dry-run",
    "protekt users import users.csv --skip-bad --json",
)
def import_users(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL or CSV, by its ending.")],
    dry_run: DryRun = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows, and report the others.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create the users of a file: all of them, or none where a row is bad.

    A row has email, and may have id, name, status, metadata, createdAt and passwordHash: argon2
    or scrypt in PHC form, bcrypt, or Django's pbkdf2_sha256. Hashes are made anew at the next
    login. An interrupted import changes nothing. Exit code 1 says that a row is bad.
    """
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.engine import events, user_import

    invocation = of(ctx)
    format_ = one_format(as_json)
    good, faults = _read(file)
    with interruptible(), invocation.engine() as engine:
        clashes = engine.read(lambda view: list(user_import.find_clashes(view, good)))
        faults = sorted([*faults, *clashes], key=lambda fault: fault.row)
        bad = {fault.row for fault in faults}
        rows = [row for row in good if row.row not in bad]
        will_import = skip_bad or not faults
        if will_import and not dry_run:
            engine.unlock()
            with progress_of(invocation, "importing users") as tell:
                engine.submit(
                    lambda transaction: user_import.add_all(
                        engine, transaction, rows, actor=events.CLI, tell=tell
                    )
                )
    output = invocation.output(format_, 0)
    _report(output, len(rows) if will_import else 0, faults, dry_run=dry_run)
    if not will_import:
        raise typer.Exit(Failed.exit_code)


@examples("protekt users export users.jsonl", "protekt users export users.csv --with-hashes")
def export_users(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="JSONL or CSV, by its ending.")
    ] = None,
    with_hashes: Annotated[
        bool, typer.Option("--with-hashes", help="Write the password hashes too.")
    ] = False,
) -> None:
    """Write every user to a new private file, or as JSONL to standard output.

    Password hashes can be guessed at off line: with them the file is a secret.
    """
    from protekt_cli.cli.long_work import interruptible, progress_of
    from protekt_cli.engine import users
    from protekt_cli.store import users as user_table

    invocation = of(ctx)
    ending = ".jsonl" if file is None else _ending(file)
    with interruptible(), invocation.engine() as engine:
        if with_hashes:
            engine.unlock()

        def export(view: View, write: Write, tell: Callable[[float], None]) -> int:
            total, done = user_table.count(view), 0
            for done, user in enumerate(user_table.iterate(view), 1):
                if done % _PORTION == 0:
                    tell(done / total)
                hashed = users.open_password(engine, view, user) if with_hashes else None
                write(_exported(user, hashed, with_hash=with_hashes))
            return done

        with (
            progress_of(invocation, "exporting users") as tell,
            _writing(file, ending, with_hashes=with_hashes) as write,
        ):
            count = engine.read(lambda view: export(view, write, tell))
    if file is not None:
        invocation.note(f"{count} {'user' if count == 1 else 'users'} written to {file}")


def _read(file: Path) -> tuple[list[NewUser], list[Fault]]:
    from protekt_cli.engine import user_import

    rows = _csv_rows if _ending(file) == ".csv" else _jsonl_rows
    good, faults = [], []
    try:
        for number, members in rows(file):
            email = members.get("email") if isinstance(members, dict) else None
            try:
                if isinstance(members, InvalidRequest):
                    raise members
                good.append(user_import.read_row(number, members))
            except InvalidRequest as error:
                named = email if isinstance(email, str) else None
                faults.append(user_import.Fault(number, named, error.message))
    except FileNotFoundError:
        raise NotFound(f"there is no file {file}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failed(f"cannot read {file}: {reason}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        kind = "UTF-8 text" if isinstance(error, UnicodeDecodeError) else "CSV"
        raise InvalidRequest(f"{file} is no {kind}", hint="save it anew") from None
    return good, faults


def _jsonl_rows(file: Path) -> Iterator[tuple[int, Any]]:
    """Give the number and the object of each line that has one, or what is wrong with it."""
    from protekt_cli.core import strict_json

    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                value = strict_json.loads(line.strip())
            except ValueError as error:
                yield number, InvalidRequest(f"it cannot be read: {error}")
                continue
            yield number, value if isinstance(value, dict) else InvalidRequest("it is no object")


def _csv_rows(file: Path) -> Iterator[tuple[int, Any]]:
    """Give the number of each row, the first below the header being 1, and what it says."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        header = next(reader, [])
        if "email" not in header or len(set(header)) != len(header):
            raise InvalidRequest(
                f"{file} has no header with one email", hint="its first line names the columns"
            )
        for number, cells in enumerate(filter(None, reader), 1):
            if len(cells) != len(header):
                yield number, InvalidRequest(f"it has {len(cells)} cells, the header {len(header)}")
            else:
                yield number, _members(dict(zip(header, cells, strict=True)))


def _members(cells: dict[str, str]) -> dict[str, Any] | InvalidRequest:
    """Return what a row of text says: an empty cell nothing, the others as their column has it."""
    from protekt_cli.core import strict_json

    members: dict[str, Any] = {name: text for name, text in cells.items() if text}
    try:
        if "metadata" in members:
            members["metadata"] = strict_json.loads(members["metadata"].encode())
    except ValueError as error:
        return InvalidRequest(f"metadata cannot be read: {error}")
    created_at = members.get("createdAt", "")
    if created_at.isascii() and created_at.isdigit() and len(created_at) < 20:
        members["createdAt"] = int(created_at)
    return members


def _exported(user: User, password_hash: str | None, *, with_hash: bool) -> dict[str, Any]:
    exported = {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "status": user.status.value,
        "metadata": user.metadata,
        "createdAt": user.created_at,
    }
    return exported | {"passwordHash": password_hash} if with_hash else exported


@contextmanager
def _writing(file: Path | None, ending: str, *, with_hashes: bool) -> Iterator[Write]:
    """Give what writes one user: to a private file that appears whole, or to stdout."""
    from protekt_cli.files import made_beside

    if file is None:
        yield _writer(sys.stdout, ending, with_hashes=with_hashes)
        return
    if os.path.lexists(file):  # before all of it is written in vain
        raise Conflict(f"{file} is there already", hint="nothing was overwritten")
    with made_beside(file) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        yield _writer(stream, ending, with_hashes=with_hashes)
        stream.flush()
        os.fsync(stream.fileno())


def _writer(stream: TextIO, ending: str, *, with_hashes: bool) -> Write:
    from protekt_cli.engine.user_import import FIELDS

    if ending == ".jsonl":
        return lambda user: _ignore(stream.write(f"{json.dumps(user)}\n"))
    columns = FIELDS if with_hashes else FIELDS[:-1]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)

    def write(user: dict[str, Any]) -> None:
        cells = {**user, "metadata": json.dumps(user["metadata"]) if user["metadata"] else ""}
        writer.writerow(["" if cells[name] is None else cells[name] for name in columns])

    return write


def _ignore(_: int) -> None:
    """Drop how many characters were written."""


def _ending(file: Path) -> str:
    if file.suffix.lower() not in _ENDINGS:
        raise Usage(f"{file} is neither JSONL nor CSV by its name", hint="end it in .jsonl or .csv")
    return file.suffix.lower()


def _report(output: Output, count: int, faults: list[Fault], *, dry_run: bool) -> None:
    """Write how many rows were taken, and what is wrong with each of the others."""
    if output.format is Format.JSON:
        errors = [{"row": f.row, "email": f.email, "message": f.message} for f in faults]
        skipped = len(faults)
        output.record({"imported": count, "skipped": skipped, "dryRun": dry_run, "errors": errors})
        return
    for fault in faults:
        named = f" ({fault.email})" if fault.email else ""
        output.line(f"row {fault.row}{named}: {fault.message}")
    users = "1 user" if count == 1 else f"{count} users"
    output.line(f"{users} {'would be ' if dry_run else ''}imported")
