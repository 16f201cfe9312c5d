"""Tables as a terminal shows them: drawn in columns, as wide as it is.

The only module that imports rich, and itself imported only where something is drawn. What it is
given is harmless already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from shutil import get_terminal_size
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

#: What is shown, and the style that it has.
Cell = tuple[str, str]
#: Draws a heading and a list: its titles and its rows.
Show = Callable[[str, Sequence[str], Sequence[Sequence[Cell]]], None]
#: Which columns stand in a line, and how wide.
_Widths = dict[int, int]

_GAP = 2
#: Before what stands below its own row's beginning.
_INDENT = 2
#: The least that is left of a list's second column beside the first; else it goes below that.
_NARROWEST = 16
#: The most of a column, the first excepted, where there is no room for all that they hold.
_WIDEST = 32
#: The least that a sentence is broken into lines of.
_LINE = 24
#: Cells that one character takes at most.
_WIDEST_CHARACTER = 2
#: What rich is to be given to break a line by, and writes nothing to.
_ANY = Console(file=StringIO())


def draw_list(
    stream: TextIO, titles: Sequence[str], rows: Sequence[Sequence[Cell]], *, has_colour: bool
) -> None:
    """Draw a line for each row, or two, and leave out the columns that there is no room for.

    No word is broken: the first column is there to be copied, and is never cut. Of the others
    what is too long ends in a sign that it goes on.
    """
    width = get_terminal_size().columns
    _write(stream, _list_of(width, titles, rows), has_colour=has_colour)


@contextmanager
def live_list(stream: TextIO, *, has_colour: bool) -> Iterator[Show]:
    """Give what draws a heading and a list in place of the one before, on a screen of its own.

    At the end the terminal is as it was.
    """
    console = _console(stream, has_colour)

    def show(heading: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        room = max(1, console.height - 2)  # below the heading and a gap
        lines = _list_of(console.width, titles, rows[:room])[:room]
        for line in lines:
            line.no_wrap = True
        live.update(Group(Text(heading, style="bold"), Text(), *lines), refresh=True)

    with Live(console=console, screen=True, auto_refresh=False) as live:
        yield show


def draw_table(
    stream: TextIO, titles: Sequence[str], rows: Iterable[Sequence[Cell]], *, has_colour: bool
) -> None:
    """Draw all of it: a row whose cells do not fit beside each other goes on below.

    Words are broken only where a line of their own is too short for them.
    """
    rows = list(rows)
    details = _Details(get_terminal_size().columns, [[_bold(title) for title in titles], *rows])
    lines = [line for row in rows for line in details.lines_of(row)]
    _write(stream, [details.title(rows), *lines], has_colour=has_colour)


def _list_of(width: int, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[Text]:
    drawn = [[_bold(title) for title in titles], *rows]
    if rows and _total(_natural(drawn)) > width:
        told = [at for at in range(len(titles)) if at < 2 or any(row[at][0] for row in rows)]
        drawn = [[row[at] for at in told] for row in drawn]  # nothing is said by empty columns
    first, *others = _natural(drawn)
    beside = width - first - _GAP
    if not others or others[0] <= beside or beside >= _NARROWEST:
        widths = {0: first, **_fitting(others, beside)}
        return [_line(row, widths) for row in drawn]
    below = _fitting(others, width - _INDENT)
    indent = Text(" " * _INDENT)
    return [line for row in drawn for line in (_line(row, {0: first}), indent + _line(row, below))]


def _natural(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Return how wide each column has to be to show all that it holds."""
    return [max(cell_len(text) for text, _ in column) for column in zip(*rows, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _fitting(widths: Sequence[int], room: int) -> _Widths:
    """Return which columns behind the first there is room for, and how much each is given.

    The second is shown in any case: it says who or what.
    """
    if _total(widths) > room:
        widths = [min(width, _WIDEST) for width in widths]
    shown: _Widths = {}
    for index, width in enumerate(widths, 1):
        if width <= room or index == 1:
            shown[index] = max(1, min(width, room))
            room -= shown[index] + _GAP
    return shown


def _line(row: Sequence[Cell], widths: _Widths) -> Text:
    line = Text()
    for index, width in widths.items():
        cell = Text(*row[index])  # a string would be read as markup
        cell.truncate(width, overflow="ellipsis", pad=True)
        line.append_text(cell).append(" " * _GAP)
    line.rstrip()
    return line


class _Details:
    """How the rows of a table are laid out: their labels, a value, and perhaps what that means."""

    def __init__(self, width: int, drawn: Sequence[Sequence[Cell]]) -> None:
        natural = _natural(drawn)
        self._width = width
        self._titles = drawn[0]
        self._count = len(natural) // 2
        self._labels = dict(enumerate(natural[: self._count]))
        self._margin = sum(self._labels.values()) + _GAP * self._count
        self._room = width - self._margin
        fits = _total(natural[self._count :]) <= self._room
        most = natural[self._count] if fits else self._room - _GAP - _LINE
        values = [cell_len(row[self._count][0]) for row in drawn]
        #: How wide a value may be to have its meaning beside it.
        self._value = max((value for value in values if value <= most), default=0)

    def title(self, rows: Iterable[Sequence[Cell]]) -> Text:
        """Return the line above all rows, which names what stands in columns."""
        shown = len(self._titles) if any(map(self._is_line, rows)) else self._count + 1
        return self.lines_of(self._titles[:shown])[0]

    def lines_of(self, row: Sequence[Cell]) -> list[Text]:
        """Return the lines of a row."""
        head = _line(row, self._labels)
        cells = [cell for cell in row[self._count :] if cell[0]]
        if not self._is_line(row):
            return self._below(head, cells)
        head.pad_right(self._margin - head.cell_len)
        return [head + _line(cells, {0: self._value, 1: cell_len(cells[1][0])})]

    def _is_line(self, row: Sequence[Cell]) -> bool:
        """Say whether a row has a value, and its meaning fits beside it."""
        widths = [cell_len(text) for text, _ in row[self._count :] if text]
        left = self._room - self._value - _GAP
        return len(widths) == 2 and widths[0] <= self._value and widths[1] <= left

    def _below(self, head: Text, cells: Sequence[Cell]) -> list[Text]:
        """Return a row of which each cell has a line of its own, the first beside the labels."""
        lines, is_beside = [head], True
        for number, cell in enumerate(cells):
            fits = cell_len(cell[0]) <= self._room or self._room >= max(_LINE, _longest_word(cell))
            is_beside = is_beside and fits  # what follows something below stands below as well
            parts = _wrapped(cell, self._room if is_beside else self._width - _INDENT)
            if is_beside and number == 0:
                head.pad_right(self._margin - head.cell_len)
                head.append_text(parts.pop(0))
            indent = Text(" " * (self._margin if is_beside else _INDENT))
            lines += [indent + part for part in parts]
        return lines


def _wrapped(cell: Cell, width: int) -> list[Text]:
    """Return the lines of a cell, broken between words where that is possible."""
    lines = list(Text(*cell).wrap(_ANY, max(_WIDEST_CHARACTER, width), overflow="fold"))
    for line in lines:
        line.rstrip()
    return lines


def _longest_word(cell: Cell) -> int:
    return max(map(cell_len, cell[0].split(" ")))


def _bold(title: str) -> Cell:
    return title, "bold"


def _write(stream: TextIO, lines: Sequence[Text], *, has_colour: bool) -> None:
    # Each is as long as it is to be; what is longer than the terminal is for that to break.
    _console(stream, has_colour).print(*lines, sep="\n", soft_wrap=True)


def _console(stream: TextIO, has_colour: bool) -> Console:
    return Console(
        file=stream,
        color_system="auto" if has_colour else None,
        no_color=not has_colour,
        highlight=False,
    )
