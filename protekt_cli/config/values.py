"""From what was written to what the program uses: types, forms and bounds of a single value.

A refusal is a ValueError that says what the value has to be and never repeats it. How values
agree with one another is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from protekt_cli.config.keys import Key, Kind, keys_of
from protekt_cli.config.protection import Webhook
from protekt_cli.config.toml import read_array
from protekt_cli.durations import format_duration, parse_duration

_INTEGER = re.compile("-?[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_NO_PART_OF_A_BASE_URL = re.compile(r"[?#@\\\s]")


def from_text(key: Key, text: str) -> object:
    """
    Turn the text of an environment variable into what a file would hold.

    Raises:
        ValueError: The text cannot be that key's kind.
    """
    match key.kind:
        case Kind.INTEGER:
            if not _INTEGER.fullmatch(text):
                raise ValueError("must be a whole number")
            return int(text)
        case Kind.BOOLEAN:
            if text not in ("true", "false"):
                raise ValueError("must be true or false")
            return text == "true"
        case Kind.LIST | Kind.TABLES:
            return read_array(text)
        case _:
            return text


def read(key: Key, raw: object, folder: Path) -> object:
    """
    Read the value of *key*; relative paths start from *folder*.

    Raises:
        ValueError: It is of the wrong type, malformed or out of bounds.
    """
    value = _READERS[key.kind](raw, folder)
    if key.choices and value not in key.choices:
        raise ValueError(f"must be one of {', '.join(key.choices)}")
    if key.pattern is not None:
        texts = value if isinstance(value, tuple) else (value,)
        if not all(re.fullmatch(key.pattern, str(text)) for text in texts):
            raise ValueError(f"must be {key.form}")
    if isinstance(value, int):
        _check_bounds(key, value)
    return value


def _check_bounds(key: Key, value: int) -> None:
    written = format_duration if key.kind is Kind.DURATION else str
    if key.minimum is not None and value < key.minimum:
        raise ValueError(f"must be at least {written(key.minimum)}")
    if key.maximum is not None and value > key.maximum:
        raise ValueError(f"must be at most {written(key.maximum)}")


def _text(raw: object, _: Path) -> str:
    if not isinstance(raw, str):
        raise ValueError("must be a text, in quotes")
    if _CONTROL.search(raw):
        raise ValueError("must hold no control characters")
    return raw


def _integer(raw: object, _: Path) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise ValueError("must be a whole number")
    return raw


def _boolean(raw: object, _: Path) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("must be true or false")
    return raw


def _duration(raw: object, _: Path) -> int:
    return parse_duration(raw)


def _list(raw: object, folder: Path) -> tuple[str, ...]:
    return tuple(_text(item, folder) for item in _array(raw))


def _path(raw: object, folder: Path) -> str:
    text = _text(raw, folder)
    return str(folder / text) if text else ""


def _url(raw: object, folder: Path) -> str:
    text = _text(raw, folder)
    if text and not _is_base_url(text):
        raise ValueError("must be http:// or https:// and a host, without user, query or fragment")
    return text


def _is_base_url(text: str) -> bool:
    if not text.startswith(("http://", "https://")) or _NO_PART_OF_A_BASE_URL.search(text):
        return False
    try:
        parts = urlsplit(text)
        # As browsers write it: a name of other letters goes by its ASCII form (RFC 5891 4.4).
        return parts.hostname is not None and parts.hostname.isascii() and parts.port != 0
    except ValueError:  # brackets that do not match, or a port that is none
        return False


def _database(raw: object, folder: Path) -> str:
    """Return an absolute path; a postgresql URL stays as it is, and is refused with the others."""
    text = _text(raw, folder)
    if text.startswith(("postgresql://", "postgres://")):
        return text
    name = text.removeprefix("sqlite:///")
    path = folder / name
    is_url = _SCHEME.match(name) or (name != text and "?" in name)
    if is_url or name.endswith("/") or name == ":memory:" or path == folder or path.name == "..":
        raise ValueError("must be a file: its path, or sqlite:/// and its path")
    return str(path)


def _tables(raw: object, folder: Path) -> tuple[Webhook, ...]:
    return tuple(_webhook(table, folder) for table in _array(raw))


def _webhook(table: object, folder: Path) -> Webhook:
    if not isinstance(table, dict):
        raise ValueError("must be tables: [[events.webhooks]]")
    keys = {key.name.rpartition(".")[2]: key for key in keys_of(Webhook, "events.webhooks")}
    unknown = sorted(table.keys() - keys.keys())
    if unknown:
        raise ValueError(f"must have no key {unknown[0]}")
    values: dict[str, object] = {}
    for name, key in keys.items():
        try:
            values[name] = read(key, table.get(name, key.default), folder)
        except ValueError as error:
            raise ValueError(f"its {name} {error}") from None
    return Webhook(**values)  # type: ignore[arg-type]


def _array(raw: object) -> Sequence[object]:
    if not isinstance(raw, list | tuple):
        raise ValueError("must be a list")
    return raw


_READERS: dict[Kind, Callable[[object, Path], object]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DURATION: _duration,
    Kind.LIST: _list,
    Kind.PATH: _path,
    Kind.URL: _url,
    Kind.DATABASE: _database,
    Kind.TABLES: _tables,
}
