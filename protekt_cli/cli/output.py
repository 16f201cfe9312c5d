"""What reaches stdout and how: tables for people, lines for pipes, JSON and CSV for programs.

Whatever a client sent is made harmless here; nothing is decided and nothing is looked up. What
draws is imported only where a table is drawn on a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from textwrap import indent
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from protekt_cli.cli.harmless import safe_csv, safe_json, safe_text
from protekt_cli.cli.moments import iso, seen_from
from protekt_cli.errors import Problem, Reason

if TYPE_CHECKING:
    from protekt_cli.cli.drawing import Cell

Json = Mapping[str, Any]
Row = Sequence[object]

#: Rows of one drawn table, whose widths are known only when all of them are.
_LONGEST_DRAWN = 1000
#: For a status or a verdict, how rich names its colour and what the terminal calls that.
_COLOURS = {
    "active": ("green", "32"),
    "expired": ("dim", "2"),
    "revoked": ("red", "31"),
    "disabled": ("red", "31"),
    "ok": ("green", "32"),
    "warn": ("yellow", "33"),
    "fail": ("red", "31"),
    "valid": ("green", "32"),
    "current": ("green", "32"),
    "concurrent": ("yellow", "33"),
    "lost_answer": ("yellow", "33"),
    "retired": ("dim", "2"),
    **dict.fromkeys((*Reason, "parent_reused", "ancestor_reused"), ("red", "31")),
}


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    IDS = "ids"


class At(NamedTuple):
    """A time, shown as the reader needs it."""

    seconds: int | None


class Status(NamedTuple):
    """A status, shown in its colour."""

    name: str


def error_text(problem: Problem) -> str:
    """Return an error as people read it."""
    hint = f"hint: {safe_text(problem.hint)}\n" if problem.hint else ""
    return f"protekt: {safe_text(problem.message)}\n{hint}"


def error_json(problem: Problem) -> str:
    """Return an error as programs read it."""
    error = {"code": problem.code, "message": problem.message, "hint": problem.hint}
    return safe_json({"error": error}) + "\n"


@dataclass(eq=False, repr=False)
class Output:
    """The way to stdout of one command."""

    format: Format
    now: int
    stream: TextIO
    is_terminal: bool
    has_colour: bool

    @classmethod
    def to_stdout(
        cls, format_: Format, now: int, environ: Mapping[str, str], *, no_color: bool
    ) -> Output:
        """Look at the terminal and at what the environment wants (no-color.org)."""
        is_terminal = sys.stdout.isatty()
        refused = no_color or bool(environ.get("NO_COLOR")) or environ.get("FORCE_COLOR") == "0"
        wanted = bool(environ.get("FORCE_COLOR")) or (is_terminal and environ.get("TERM") != "dumb")
        return cls(format_, now, sys.stdout, is_terminal, wanted and not refused)

    def line(self, text: str) -> None:
        """Write one line."""
        self.stream.write(f"{safe_text(text)}\n")

    def value(self, value: object) -> None:
        """Write one value as JSON, whatever it is."""
        self.stream.write(safe_json(value, indent=2) + "\n")

    def record(self, record: Json, rows: Iterable[Row] | None = None) -> None:
        """Write one object: as JSON, or as rows of field and value."""
        if self.format is Format.JSON:
            self.value(record)
            return
        self.table(("field", "value"), _fields(record) if rows is None else rows)

    def records(
        self, records: Iterable[Json], columns: Mapping[str, str], fields: Sequence[str]
    ) -> None:
        """Write a list, one after the other where that is possible: it may be very long.

        Args:
            columns: For a table, the title of each column and the member that it shows.
            fields: For CSV, the members, in order and the id first; `device.id` is a member of a
                member.
        """
        match self.format:
            case Format.JSON:
                self._array(records)
            case Format.JSONL:
                self.stream.writelines(safe_json(record) + "\n" for record in records)
            case Format.IDS:
                self.stream.writelines(f"{record[fields[0]]}\n" for record in records)
            case Format.CSV:
                self._csv(records, fields)
            case Format.TABLE:
                rows = ([_shown(record, path) for path in columns.values()] for record in records)
                self._list(tuple(columns), rows)

    def _array(self, records: Iterable[Json]) -> None:
        separator = "["
        for record in records:
            self.stream.write(f"{separator}\n{indent(safe_json(record, indent=2), '  ')}")
            separator = ","
        self.stream.write("[]\n" if separator == "[" else "\n]\n")

    def _list(self, titles: Sequence[str], rows: Iterable[Row]) -> None:
        """Write a list: on a terminal several tables, where one would be too long to be drawn."""
        if not self.is_terminal:
            self.table(titles, rows)
            return
        from protekt_cli.cli.drawing import draw_list

        cells = ([self._styled(cell, brief=True) for cell in row] for row in rows)
        drawn = list(islice(cells, _LONGEST_DRAWN))
        while True:
            draw_list(self.stream, titles, drawn, has_colour=self.has_colour)
            drawn = list(islice(cells, _LONGEST_DRAWN))
            if not drawn:
                return

    @contextmanager
    def live(self, columns: Mapping[str, str]) -> Iterator[Callable[[str, Iterable[Json]], None]]:
        """Give what draws a heading and a list on a terminal, in place of the one before."""
        from protekt_cli.cli.drawing import live_list

        with live_list(self.stream, has_colour=self.has_colour) as show:
            yield lambda heading, records: show(
                safe_text(heading),
                tuple(columns),
                [
                    [self._styled(_shown(record, path), brief=True) for path in columns.values()]
                    for record in records
                ],
            )

    def table(self, titles: Sequence[str], rows: Iterable[Row]) -> None:
        """Write a table: drawn on a terminal, tab-separated lines elsewhere."""
        if self.is_terminal:
            from protekt_cli.cli.drawing import draw_table

            cells = ([self._styled(cell) for cell in row] for row in rows)
            draw_table(self.stream, titles, cells, has_colour=self.has_colour)
            return
        self.stream.write("\t".join(titles) + "\n")
        for row in rows:
            self.stream.write("\t".join(self._painted(cell) for cell in row) + "\n")

    def _text(self, cell: object, brief: bool = False) -> str:
        match cell:
            case None:
                return ""
            case At(seconds):
                return "" if seconds is None else self._time(seconds, brief)
            case Status(name):
                return name
            case bool():
                return "yes" if cell else "no"
            case str():
                return safe_text(cell)
            case _:
                return safe_json(cell)

    def _time(self, seconds: int, brief: bool) -> str:
        if not self.is_terminal:
            return iso(seconds)
        distance = seen_from(seconds, self.now)
        return distance if brief else f"{iso(seconds)} ({distance})"

    def _painted(self, cell: object) -> str:
        text = self._text(cell)
        if self.has_colour and isinstance(cell, Status) and text in _COLOURS:
            return f"\x1b[{_COLOURS[text][1]}m{text}\x1b[0m"
        return text

    def _styled(self, cell: object, *, brief: bool = False) -> Cell:
        text = self._text(cell, brief)
        return text, _COLOURS.get(text, ("", ""))[0] if isinstance(cell, Status) else ""

    def _csv(self, records: Iterable[Json], fields: Sequence[str]) -> None:
        import csv

        writer = csv.writer(self.stream, lineterminator="\n")
        writer.writerow(fields)
        for record in records:
            writer.writerow([safe_csv(_member(record, path)) for path in fields])


def _member(record: Json, path: str) -> object:
    value: Any = record
    for name in path.split("."):
        value = value[name]
    return value


def _shown(record: Json, path: str) -> object:
    value = _member(record, path)
    if path == "status":
        return Status(str(value))
    if (path == "at" or path.endswith("At")) and (value is None or isinstance(value, int)):
        return At(value)
    return value


def _fields(record: Json, path: str = "") -> Iterator[tuple[str, object]]:
    """Give every member, and those of `device` and its like one by one."""
    for name, value in record.items():
        if isinstance(value, dict) and name != "metadata":
            yield from _fields(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _shown(record, name)
