"""What a shell offers behind TAB: users, sessions, devices, configuration keys, types of events.

Offered is what the database of this folder holds. A shell that completes has nowhere to show an
error: where something is wrong nothing is offered, and the command itself will say why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import typer  # Typer looks the types up that are written below

from protekt_cli.cli.invocation import of

if TYPE_CHECKING:
    from protekt_cli.store.database import View

T = TypeVar("T")

#: What is offered, and a word on it.
Offer = tuple[str, str]

#: More than this nobody reads behind a TAB.
_MOST = 50


def users(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer e-mails."""
    from protekt_cli.store import users as table

    def find(view: View) -> Iterable[Offer]:
        found = table.list_matching(view, status=None, search=incomplete, limit=_MOST)
        return [(user.email, user.name or "") for user in found]

    return _begun(_read(ctx, find), incomplete)


def sessions(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of active sessions, the newest first."""
    from protekt_cli.models import SessionStatus
    from protekt_cli.store import sessions as table

    def find(view: View) -> Iterable[Offer]:
        active = table.Filter(status=SessionStatus.ACTIVE)
        found = table.list_matching(view, active, _MOST)
        return [(each.id, f"{each.user_email}, {each.device_name}") for each in found]

    return _begun(_read(ctx, find), incomplete)


def devices(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of devices, the newest first."""
    from protekt_cli.store import devices as table

    def find(view: View) -> Iterable[Offer]:
        found = table.list_counted(view, user_id=None, limit=_MOST)
        return [(device.id, device.name) for device, _ in found]

    return _begun(_read(ctx, find), incomplete)


def config_keys(incomplete: str) -> list[Offer]:
    """Offer the keys of the configuration."""
    from protekt_cli.config import reference

    return _begun([(key.name, key.meaning) for key in reference()], incomplete)


def event_types(incomplete: str) -> list[Offer]:
    """Offer the types of events, and a group of them."""
    from protekt_cli.core.event_types import TYPES

    groups = dict.fromkeys(f"{type_.partition(':')[0]}:*" for type_ in TYPES)
    return _begun([(name, "") for name in (*groups, *TYPES)], incomplete)


def _read(ctx: typer.Context, find: Callable[[View], Iterable[Offer]]) -> Iterable[Offer]:
    from protekt_cli.errors import Problem

    invocation = of(ctx)
    given = ctx.find_root().params  # a command that is being typed was not told them yet
    invocation.config_file, invocation.database = given.get("config"), given.get("db")
    invocation.is_quiet = True
    try:
        with invocation.store() as store:
            return store.read(find)
    except Problem:
        return ()


def _begun(offers: Iterable[Offer], incomplete: str) -> list[Offer]:
    """Return those that begin as what was typed, to the letter: shells offer no others."""
    return [offer for offer in offers if offer[0].startswith(incomplete)]
