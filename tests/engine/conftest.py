"""The verbs in one word each, on the engine of the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from protekt_cli.engine import renewal, revocation
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Event, Grant, Session
from protekt_cli.store import sessions as session_table
from tests.recorded import list_recorded


@pytest.fixture
def refresh(engine: Engine) -> Callable[..., Grant]:
    """Present a refresh token."""

    def refresh(token: str, caller: Caller = Caller(), engine: Engine = engine) -> Grant:  # noqa: B008
        claimed = renewal.parse(token)
        return engine.submit(
            lambda transaction: renewal.refresh(engine, transaction, claimed, caller)
        )

    return refresh


@pytest.fixture
def revoke(engine: Engine) -> Callable[..., revocation.Report]:
    """Revoke by id or by selectors, on the command line's behalf."""

    def revoke(*ids: str, note: str | None = None, **selectors: Any) -> revocation.Report:
        selection = revocation.Selection(ids=ids or None, **selectors)
        return revocation.revoke(engine, selection, actor="cli", note=note)

    return revoke


@pytest.fixture
def recorded(engine: Engine) -> Callable[..., list[Event]]:
    """All events, or those of one type, oldest first."""

    def recorded(type_: str | None = None) -> list[Event]:
        everything = engine.read(list_recorded)
        return [each.event for each in everything if type_ in (None, each.event.type)]

    return recorded


@pytest.fixture
def stored(engine: Engine) -> Callable[[Grant], Session]:
    """The session of a grant, as it is in the database now."""

    def stored(grant: Grant) -> Session:
        session = engine.read(lambda view: session_table.find(view, grant.session.id))
        assert session is not None
        return session

    return stored
