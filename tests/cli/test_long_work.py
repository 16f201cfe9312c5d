"""Work that takes its time says so at a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from protekt_cli.cli import long_work
from protekt_cli.cli.invocation import Invocation
from protekt_cli.cli.long_work import progress_of


class Screen(io.StringIO):
    """A terminal, or what is none."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def drawn(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool = True, is_quiet: bool = False
) -> str:
    """Return what is written while work goes on for a second, looked at four times."""
    screen, moments = Screen(is_terminal=is_terminal), iter((0.0, 0.4, 0.6, 0.65, 0.9))
    invocation = Invocation({})
    invocation.is_quiet = is_quiet
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", screen)
        patch.setattr(long_work, "monotonic", lambda: next(moments))
        with progress_of(invocation, "copying") as progress:
            for done in (0.4, 0.6, 0.65, None):
                progress(done)
    return screen.getvalue()


def test_progress_is_drawn_after_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then, on one line, which is empty at the end."""
    lines = drawn(monkeypatch).split("\r")

    assert ["", f"copying: [{'#' * 18}{'.' * 12}]  60%"] == lines[:2]
    assert "copying: 1 s" == lines[2].rstrip()
    assert ["", ""] == [line.strip() for line in lines[3:]]


@pytest.mark.parametrize("off", [{"is_terminal": False}, {"is_quiet": True}], ids=str)
def test_progress_is_drawn_on_no_pipe(
    monkeypatch: pytest.MonkeyPatch, off: dict[str, bool]
) -> None:
    """Nor where nothing but answers is wanted."""
    assert "" == drawn(monkeypatch, **off)
