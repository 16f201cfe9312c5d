"""A working folder with real files in it, and what a user would do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from protekt_cli.config import Loaded, load
from protekt_cli.errors import InvalidConfig

Load = Callable[..., Loaded]
Refusal = Callable[..., InvalidConfig]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working folder, with parents of its own."""
    folder = tmp_path / "project" / "app"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def loading(folder: Path) -> Load:
    """Load in the working folder, from the given text of protekt.toml and the rest."""

    def loading(text: str | None = None, environ: Mapping[str, str] = {}, **rest: object) -> Loaded:
        if text is not None:
            (folder / "protekt.toml").write_text(text, encoding="utf-8")
        return load(folder=folder, environ=environ, **rest)  # type: ignore[arg-type]

    return loading


@pytest.fixture
def refusal(loading: Load) -> Refusal:
    """Load in the working folder and return the refusal, which has to come."""

    def refusal(*given: object, **rest: object) -> InvalidConfig:
        with pytest.raises(InvalidConfig) as caught:
            loading(*given, **rest)
        return caught.value

    return refusal
