"""A whole application in this process: started, asked without a socket, and shut down."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Install
from tests.server.application import Application

Start = Callable[..., Application]


@pytest.fixture
def start(install: Install) -> Iterator[Start]:
    """Start the application of a new installation, with flags by dotted key."""
    started: list[Application] = []

    def start(flags: dict[str, object] | None = None) -> Application:
        started.append(Application(install(flags or {})))
        return started[-1]

    yield start
    for application in started:
        application.close()
