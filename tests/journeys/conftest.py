"""An installation made once by the command itself, and copies of it to live in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import (
    EMAIL,
    OTHER_EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    Installation,
    Server,
)


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with two users, which nobody writes to."""
    made = Installation(tmp_path_factory.mktemp("blueprint"))
    ended = [
        made.run("init"),
        made.run(
            "users", "create", EMAIL, "--name", "John Doe", "--password-stdin", stdin=PASSWORD
        ),
        made.run("users", "create", OTHER_EMAIL, "--password-stdin", stdin=OTHER_PASSWORD),
    ]
    assert [ran.code for ran in ended] == [0, 0, 0], ended
    return made


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Somebody else's installation, with the same user and keys of its own."""
    made = Installation(tmp_path_factory.mktemp("stranger"))
    ended = [
        made.run("init"),
        made.run("users", "create", EMAIL, "--password-stdin", stdin=PASSWORD),
    ]
    assert [ran.code for ran in ended] == [0, 0], ended
    return made


@pytest.fixture
def installation(blueprint: Installation, tmp_path: Path) -> Installation:
    """A copy of the blueprint."""
    return copied(blueprint, tmp_path)


@pytest.fixture(scope="module")
def shared(blueprint: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the blueprint for a whole file of tests."""
    return copied(blueprint, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def server(shared: Installation) -> Iterator[Server]:
    """A server on `shared`."""
    with shared.serve() as server:
        yield server


def copied(blueprint: Installation, root: Path) -> Installation:
    """Return an installation of its own with what *blueprint* holds."""
    for part in ("work", "home"):
        shutil.copytree(blueprint.root / part, root / part)
    return Installation(root, blueprint.environ)
