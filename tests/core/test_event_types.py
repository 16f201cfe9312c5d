"""The list of event types is that of the events that are written."""

from __future__ import annotations

import re
from pathlib import Path

import protekt_cli
from protekt_cli.core.event_types import TYPES

_SUBJECTS = "|".join(dict.fromkeys(type_.partition(":")[0] for type_ in TYPES))
_WRITTEN = re.compile(rf'"((?:{_SUBJECTS}):[a-z]+)"')


def test_every_event_that_is_written_is_in_the_list() -> None:
    """And nothing else is."""
    engine = Path(protekt_cli.__file__).parent / "engine"

    written = {
        type_ for source in engine.rglob("*.py") for type_ in _WRITTEN.findall(source.read_text())
    }

    assert set(TYPES) == written
