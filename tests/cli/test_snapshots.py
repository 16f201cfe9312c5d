"""The tables that people look at, as they are looked at: at 80 and 40 columns, and in a pipe.

A picture that is to change is taken anew with `PROTEKT_PICTURES=new pytest FILE`, and looked at.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.pictured import Pictured

FOLDER = Path(__file__).with_name("snapshots")
TABLES = [
    "sessions list",
    "sessions list --status all",
    "sessions show {session}",
    "users list",
    "users show bob@example.com",
    "devices list",
    "events list",
    "keys list",
    "apikeys list",
    "token decode {token}",
    "explain {session}",
    "explain {token}",
    "config show",
    "config show --origin",
    "doctor",
    "db stats",
]
#: Asked for now: no test sees the variables of whoever runs it.
_ARE_NEW = os.environ.get("PROTEKT_PICTURES") == "new"
#: All that a terminal may be sent beside text: colours.
COLOURS = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def pictured() -> Iterator[Pictured]:
    """An installation in a folder whose name is always as long."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="protekt-") as name:
        yield Pictured(Path(name))


@pytest.fixture(autouse=True)
def _in_its_folder(folder: Path, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pictured.folder)


def words_of(pictured: Pictured, command: str) -> list[str]:
    return command.format(session=pictured.session_id, token=pictured.token).split()


@pytest.mark.parametrize("command", TABLES)
def test_table_looks_as_it_did(pictured: Pictured, command: str) -> None:
    """On terminals of two widths and in a pipe, to the letter."""
    words = words_of(pictured, command)
    shown = "".join(
        f"--- {where}\n{pictured.still(text)}"
        for where, text in (
            ("80 columns", pictured.at_terminal(*words, columns=80)),
            ("40 columns", pictured.at_terminal(*words, columns=40)),
            ("a pipe", pictured.in_pipe(*words).out),
        )
    )
    picture = FOLDER / f"{re.sub('[^a-z]+', '-', command).strip('-')}.txt"
    if _ARE_NEW:
        picture.write_text(shown)

    assert picture.read_text() == shown
    assert shown.replace("\n", "").replace("\t", "").isprintable()


def test_every_picture_is_of_a_table() -> None:
    """None is left of one that is gone."""
    names = {re.sub("[^a-z]+", "-", command).strip("-") for command in TABLES}

    assert names == {path.stem for path in FOLDER.glob("*.txt")}


@pytest.mark.parametrize("command", TABLES)
def test_only_colours_are_sent_beside_text(pictured: Pictured, command: str) -> None:
    """Whatever clients called themselves; a terminal without colours shows the same."""
    words = words_of(pictured, command)

    coloured = pictured.at_terminal(*words, columns=80, NO_COLOR="")
    plain = pictured.at_terminal(*words, columns=80)

    assert "\x1b[" in coloured
    assert plain == COLOURS.sub("", coloured)


@pytest.mark.parametrize(
    "environ",
    [
        {"NO_COLOR": "1", "FORCE_COLOR": "1"},
        {"NO_COLOR": "", "FORCE_COLOR": "0"},
        {"NO_COLOR": "", "TERM": "dumb"},
    ],
    ids=["NO_COLOR", "FORCE_COLOR=0", "TERM=dumb"],
)
@pytest.mark.parametrize("columns", [80, 40])
def test_colours_that_are_not_wanted_are_not_sent(
    pictured: Pictured, environ: dict[str, str], columns: int
) -> None:
    """The table is the same one."""
    expected = pictured.at_terminal("sessions", "list", "--status", "all", columns=columns)

    shown = pictured.at_terminal("sessions", "list", "--status", "all", columns=columns, **environ)

    assert expected == shown


def test_status_is_coloured_in_a_pipe_where_that_is_forced(pictured: Pictured) -> None:
    """And nothing else changes there."""
    plain = pictured.in_pipe("sessions", "list", "--status", "all").out

    forced = pictured.in_pipe("sessions", "list", "--status", "all", NO_COLOR="", FORCE_COLOR="1")

    assert "\t\x1b[31mrevoked\x1b[0m\t" in forced.out
    assert plain == COLOURS.sub("", forced.out)
