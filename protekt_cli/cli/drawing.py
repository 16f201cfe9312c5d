"""Tables as a terminal shows them: drawn in columns, as wide as it is.

The only module that imports rich, and itself imported only where something is drawn. What it is
given is harmless already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

#: What is shown, and the style that it has.
Cell = tuple[str, str]
#: Draws a heading and a list: its titles and its rows.
Show = Callable[[str, Sequence[str], Sequence[Sequence[Cell]]], None]

_GAP = 2
#: The least that is left of the second column, which is shown in any case: it says who or what.
_NARROWEST = 8


def draw_list(
    stream: TextIO, titles: Sequence[str], rows: Sequence[Sequence[Cell]], *, has_colour: bool
) -> None:
    """Draw one line for each row, and leave out the columns that there is no room for.

    No word is broken: the first column is there to be copied, and is never cut. The second is cut
    where it alone is too long.
    """
    console = _console(stream, has_colour)
    console.print(_list_of(console, titles, rows), crop=False)


@contextmanager
def live_list(stream: TextIO, *, has_colour: bool) -> Iterator[Show]:
    """Give what draws a heading and a list in place of the one before, on a screen of its own.

    At the end the terminal is as it was.
    """
    console = _console(stream, has_colour)

    def show(heading: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        room = max(1, console.height - 3)  # below the heading, a gap and the titles
        table = _list_of(console, titles, rows[:room])
        live.update(Group(Text(heading, style="bold"), Text(), table), refresh=True)

    with Live(console=console, screen=True, auto_refresh=False) as live:
        yield show


def draw_table(
    stream: TextIO, titles: Sequence[str], rows: Iterable[Sequence[Cell]], *, has_colour: bool
) -> None:
    """Draw all of it: what is long goes on in the next line."""
    table = _table()
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        # Text, where a string would be read as markup.
        table.add_row(*(Text(*cell) for cell in row))
    _console(stream, has_colour).print(table)


def _list_of(console: Console, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    widths = [
        max(cell_len(text) for text in (title, *(row[index][0] for row in rows)))
        for index, title in enumerate(titles)
    ]
    shown = _fitting(widths, console.width)
    table = _table()
    for index, width in shown.items():
        table.add_column(titles[index], no_wrap=True, overflow="ellipsis", width=width)
    for row in rows:
        table.add_row(*(Text(*row[index]) for index in shown))
    return table


def _fitting(widths: Sequence[int], room: int) -> dict[int, int]:
    """Return which columns there is room for beside those before them, and their widths."""
    shown: dict[int, int] = {}
    for index, width in enumerate(widths):
        left = room - sum(taken + _GAP for taken in shown.values())
        if width <= left or index == 0:
            shown[index] = width
        elif index == 1:
            shown[index] = max(left, _NARROWEST)
    return shown


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")


def _console(stream: TextIO, has_colour: bool) -> Console:
    return Console(
        file=stream,
        color_system="auto" if has_colour else None,
        no_color=not has_colour,
        highlight=False,
    )
