"""What reaches stdout: harmless text, tables, lines for pipes, JSON and CSV."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from typing import Any

import pytest

from protekt_cli.cli.harmless import safe_json, safe_text
from protekt_cli.cli.output import (
    At,
    Format,
    Output,
    Status,
    error_json,
    error_text,
)
from protekt_cli.errors import Problem

NOW = 1_800_000_000
EVIL = "\x1b[31mred\x07\r\n\u202e\u200b\ud800\x9b\x7f[bold]=\U000e0001"
COLUMNS = {"id": "id", "name": "name", "status": "status", "made": "createdAt"}
RECORD: dict[str, Any] = {
    "id": "user_1",
    "name": "Zoë",
    "status": "active",
    "createdAt": NOW - 60,
    "device": {"id": "dev_1"},
}


def written(
    format_: Format = Format.TABLE,
    *,
    is_terminal: bool = False,
    colour: bool = False,
    **changed: object,
) -> str:
    """Return what is written of a list of one record."""
    stream = io.StringIO()
    output = Output(format_, NOW, stream, is_terminal, colour)
    output.records([{**RECORD, **changed}], COLUMNS, ("id", "name", "device.id", "createdAt"))
    return stream.getvalue()


def test_safe_text_leaves_no_character_that_acts() -> None:
    """Of all of Unicode, nothing that controls, hides, turns or breaks a line comes through."""
    dangerous = {"Cc", "Cf", "Cs", "Zl", "Zp"}

    passed = [
        hex(number)
        for number in range(sys.maxunicode + 1)
        if unicodedata.category(chr(number)) in dangerous and chr(number) in safe_text(chr(number))
    ]

    assert passed == []


def test_safe_text_keeps_what_people_are_called() -> None:
    """Letters of any script, and spaces, are what they were."""
    assert safe_text("Zoë 山田 Ωμέγα") == "Zoë 山田 Ωμέγα"


def test_safe_json_escapes_and_loses_nothing() -> None:
    """What acts on a terminal is escaped, and a program reads the same text."""
    shown = safe_json({"name": EVIL + "é"}, indent=2)

    assert json.loads(shown) == {"name": EVIL + "é"}
    assert shown.replace("\n", "").isprintable()
    assert "é" in shown


def test_error_is_harmless_in_both_its_forms() -> None:
    """Message and hint may hold what a client sent."""
    problem = Problem(f"no {EVIL}", hint=f"try {EVIL}")

    text, as_json = error_text(problem), error_json(problem)

    assert len(text.splitlines()) == 2
    assert all(line.isprintable() for line in (*text.splitlines(), as_json.rstrip("\n")))
    assert json.loads(as_json)["error"]["hint"] == f"try {EVIL}"


def test_piped_table_is_tab_separated_lines_under_one_header() -> None:
    """No colour, no box, nothing cut, a time that programs can read."""
    long = "x" * 500

    assert written(name=long).splitlines() == [
        "id\tname\tstatus\tmade",
        f"user_1\t{long}\tactive\t2027-01-15T07:59:00Z",
    ]


def test_piped_cell_cannot_make_a_line_or_a_cell() -> None:
    """A tab or a line end in a name is escaped."""
    assert written(name="a\tb\nc").splitlines()[1].split("\t")[1] == r"a\tb\nc"


def test_table_on_a_terminal_is_drawn() -> None:
    """People get aligned columns, and times as distances."""
    shown = written(is_terminal=True)

    assert "\t" not in shown
    assert "1 minute ago" in shown


def test_table_on_a_terminal_reads_no_markup_and_no_escapes() -> None:
    """A client that calls itself [red] stays so, and cannot colour, clear or overwrite."""
    shown = written(is_terminal=True, colour=True, name="[red]\x1b[2J")

    assert r"[red]\x1b[2J" in shown
    assert "\x1b[2J" not in shown


def test_status_is_coloured_where_colours_are_wanted() -> None:
    """In pipes too, if so; the name `active` of something else is not."""
    assert "\tactive\t\x1b[32mactive\x1b[0m\t" in written(colour=True, name="active")


@pytest.mark.parametrize(
    ("environ", "no_color", "expected"),
    [
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, False, True),
        ({"FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "0"}, False, False),
    ],
)
def test_no_color_beats_force_color(
    environ: dict[str, str], no_color: bool, expected: bool
) -> None:
    """Who wants no colour is heard first (no-color.org)."""
    output = Output.to_stdout(Format.TABLE, NOW, environ, no_color=no_color)

    assert expected == output.has_colour


def test_json_list_is_an_array_and_jsonl_an_object_a_line() -> None:
    """Both hold the records as they are."""
    assert json.loads(written(Format.JSON)) == [RECORD]
    assert [json.loads(line) for line in written(Format.JSONL).splitlines()] == [RECORD]


def test_ids_are_alone() -> None:
    """One a line, for the next command."""
    assert written(Format.IDS) == "user_1\n"


def test_csv_has_members_of_members() -> None:
    """A header, then each record; times stay numbers."""
    assert written(Format.CSV).splitlines() == [
        "id,name,device.id,createdAt",
        f"user_1,Zoë,dev_1,{NOW - 60}",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_cell_is_no_formula(start: str) -> None:
    """A spreadsheet shows what a client sent, and computes nothing."""
    cell = written(Format.CSV, name=f"{start}1+1").splitlines()[1].split(",")[1]

    assert cell == f"'{start}1+1"


def test_csv_cell_cannot_hide_a_formula_behind_control_characters() -> None:
    """A tab before the sign is escaped, so that it is no formula either."""
    cell = written(Format.CSV, name="\t=1+1").splitlines()[1].split(",")[1]

    assert cell == r"\t=1+1"


def test_record_is_rows_of_field_and_value() -> None:
    """One object is shown member by member, with those of its parts."""
    stream = io.StringIO()

    Output(Format.TABLE, NOW, stream, False, False).record(RECORD)

    assert [line.split("\t") for line in stream.getvalue().splitlines()] == [
        ["field", "value"],
        ["id", "user_1"],
        ["name", "Zoë"],
        ["status", "active"],
        ["createdAt", "2027-01-15T07:59:00Z"],
        ["device.id", "dev_1"],
    ]


def test_cells_say_what_they_are_in_words() -> None:
    """Nothing is an empty cell; yes and no are words; lists are JSON."""
    stream = io.StringIO()

    row = [None, True, False, ["pwd"], At(None), Status("revoked")]
    Output(Format.TABLE, NOW, stream, False, False).table(list("abcdef"), [row])

    assert stream.getvalue().splitlines()[1] == '\tyes\tno\t["pwd"]\t\trevoked'
