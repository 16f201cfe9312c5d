"""The options that several commands share, each said once."""

from __future__ import annotations

from typing import Annotated

import typer

from protekt_cli.cli.output import Format
from protekt_cli.errors import Usage

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
AsIds = Annotated[bool, typer.Option("--ids", help="Print ids alone, one a line.")]
Limit = Annotated[
    int,
    typer.Option(
        "--limit", metavar="N", min=0, max=2**31 - 1, help="Show at most so many; 0 for all."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def one_format(
    as_json: bool, as_jsonl: bool = False, csv: bool = False, ids: bool = False
) -> Format:
    """Return the one format that was asked for.

    Raises:
        Usage: Several were.
    """
    asked = {Format.JSON: as_json, Format.JSONL: as_jsonl, Format.CSV: csv, Format.IDS: ids}
    chosen = [format_ for format_, is_asked in asked.items() if is_asked]
    if len(chosen) > 1:
        names = " and ".join(f"--{format_}" for format_ in chosen)
        raise Usage(f"{names} cannot be had at once", hint="choose one of them")
    return chosen[0] if chosen else Format.TABLE


def seconds_of(option: str, text: str) -> int:
    """Return the duration that an option was given.

    Raises:
        Usage: It is none.
    """
    from protekt_cli.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise Usage(f"{option} {text} is not possible", hint=str(error)) from None
