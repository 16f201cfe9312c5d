"""The recipes do what they say: their lines run as written, one after the other."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.journeys.asking import PATIENCE
from tests.journeys.installation import Installation

RECIPES = (Path(__file__).parents[1] / ".github" / "recipes.md").read_text()
BLOCKS = re.findall(r"^## (.*?)$.*?^```sh\n(.*?)^```$", RECIPES, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with the user that the recipes speak of."""
    made = Installation(tmp_path_factory.mktemp("recipes"), {})
    assert made.run("init").code == 0
    assert made.run("users", "create", "alice@example.com", "--no-password").code == 0
    assert made.run("token", "issue", "alice@example.com").code == 0
    return made


def test_there_are_ten_recipes() -> None:
    """As the page says."""
    assert 10 == len(BLOCKS) == RECIPES.count("\n## ")


@pytest.mark.parametrize(("title", "lines"), BLOCKS, ids=[title for title, _ in BLOCKS])
def test_lines_of_a_recipe_run(made: Installation, title: str, lines: str) -> None:
    """With no terminal, as in a script."""
    ran = subprocess.run(
        ["bash", "-eu", "-c", lines],
        cwd=made.folder,
        env=made.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (0, True) == (ran.returncode, bool(ran.stdout)), ran.stderr
