"""TOML as text: where it is wrong, in words with a line number. It knows no keys."""

from __future__ import annotations

import re
import tomllib

_LIST = 'must be a list as TOML has it: ["one", "two"]'


def read_document(text: str) -> dict[str, object]:
    """
    Parse a whole document.

    Raises:
        ValueError: It is no TOML; the message names the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_placed(str(error), text)) from None
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None


def read_array(text: str) -> list[object]:
    """
    Parse a single array.

    Raises:
        ValueError: It is anything else.
    """
    try:
        document = read_document(f"value = {text}")
    except ValueError:
        raise ValueError(_LIST) from None
    value = document.pop("value")
    if document or not isinstance(value, list):
        raise ValueError(_LIST)
    return value


def _placed(message: str, text: str) -> str:
    """Put the line first, also where the parser says only that the text has ended."""
    reason, _, place = message.rpartition(" (at ")
    line = re.search("line ([0-9]+)", place)
    number = line[1] if line else str(len(text.splitlines()))
    return f"line {number}: {reason[:1].lower()}{reason[1:]}"
