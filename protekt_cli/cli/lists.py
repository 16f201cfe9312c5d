"""What all lists share: where they begin, how they are shown, and the note where they are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from protekt_cli.cli.administration import Listed
from protekt_cli.cli.invocation import Invocation
from protekt_cli.cli.output import Format
from protekt_cli.errors import Usage


def show(
    invocation: Invocation,
    format_: Format,
    now: int,
    listed: Listed,
    columns: Mapping[str, str],
    fields: Sequence[str],
    limit: int,
) -> None:
    """Write a list, or the beginning of one, and then say so."""
    invocation.output(format_, now).records(listed.items, columns, fields)
    if listed.is_cut:
        invocation.note(f"note: there are more than these {limit}; --limit 0 shows all")


def since(text: str, now: int) -> int:
    """Return the time that `--since` names.

    Raises:
        Usage: It names none.
    """
    from protekt_cli.core.moments import parse_since

    try:
        return parse_since(text, now)
    except ValueError as error:
        raise Usage(f"--since {text} is not possible", hint=str(error)) from None
