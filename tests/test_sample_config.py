"""sample-config.toml is the documentation of every key: it loads, is complete, and says no lie."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from protekt_cli.config import Key, Kind, Webhook, defaults, load, reference
from protekt_cli.errors import InvalidConfig

SAMPLE = Path(__file__).parents[1] / "sample-config.toml"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()
SET_KEYS = [key for key in reference() if key.kind is not Kind.TABLES]
LATER = ("(later)", "(not in this version)")


def comment_of(key: Key) -> str:
    """Return the line above the key's own, in the key's section."""
    section, _, name = key.name.partition(".")
    start = LINES.index(f"[{section}]")
    wanted = "# [[events.webhooks]]" if key.kind is Kind.TABLES else f"{name} = "
    index = next(i for i in range(start, len(LINES)) if LINES[i].startswith(wanted))
    return LINES[index - 1]


def test_the_sample_loads_as_the_defaults(tmp_path: Path) -> None:
    """Every value that it shows is the default, and none is worth a warning."""
    copy = Path(shutil.copy(SAMPLE, tmp_path / "protekt.toml"))

    loaded = load(folder=tmp_path, environ={})

    assert loaded.file == copy
    assert asdict(loaded.settings) == asdict(defaults(tmp_path))
    assert loaded.warnings == ()


def test_the_sample_names_every_key(tmp_path: Path) -> None:
    """Nothing is left to the built-in defaults but the webhooks, which it shows commented out."""
    shutil.copy(SAMPLE, tmp_path / "protekt.toml")

    origins = load(folder=tmp_path, environ={}).origins

    assert [name for name, origin in origins.items() if origin == "default"] == ["events.webhooks"]


@pytest.mark.parametrize("key", reference(), ids=lambda key: key.name)
def test_the_sample_says_what_a_key_means_and_allows(key: Key) -> None:
    """The one comment of a key begins with its meaning and names its choices."""
    comment = comment_of(key)

    assert re.match(rf"# {re.escape(key.meaning)}($|[;:]| \()", comment)
    assert [choice for choice in key.choices if choice not in comment] == []


@pytest.mark.parametrize("key", reference(), ids=lambda key: key.name)
def test_the_sample_marks_what_this_version_lacks(key: Key) -> None:
    """A key is marked exactly as long as a part of it is missing."""
    lacks = key.later or key.kind is Kind.DATABASE

    assert any(mark in comment_of(key) for mark in LATER) == lacks


def test_the_sample_keeps_the_order_of_the_reference() -> None:
    """Both list the keys alike, so that one can be read beside the other."""
    document = tomllib.loads(SAMPLE.read_text(encoding="utf-8"))

    named = [f"{section}.{name}" for section, table in document.items() for name in table]

    assert named == [key.name for key in SET_KEYS]


def test_the_sample_shows_a_webhook_that_would_be_read(tmp_path: Path) -> None:
    """Without its comment signs the table has every key of a webhook, and only comes too early."""
    start = LINES.index("# [[events.webhooks]]")
    shown = [line.removeprefix("# ") for line in LINES[start:]]
    table = "\n".join(line for line in shown if re.match(r"\[\[|\w+ = ", line))
    (tmp_path / "protekt.toml").write_text(table, encoding="utf-8")

    with pytest.raises(InvalidConfig, match="not in this version"):
        load(folder=tmp_path, environ={})

    webhook = tomllib.loads(table)["events"]["webhooks"][0]
    assert list(webhook) == [field.name for field in fields(Webhook)]
