"""Devices: what a user logs in from. Their ids are labels, not credentials."""

from __future__ import annotations

import re

from protekt_cli.core import ids
from protekt_cli.engine import events
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Device, User
from protekt_cli.store import devices as device_table
from protekt_cli.store.database import Transaction

#: Characters of a name; a longer one is cut.
MAX_NAME = 100

_PRODUCT = re.compile(r"([A-Za-z0-9._+-]{1,60})/\S")


def choose(
    engine: Engine,
    transaction: Transaction,
    user: User,
    caller: Caller,
    *,
    name: str | None,
    kind: str | None,
    actor: str,
) -> Device:
    """Return the user's own device that the caller names, else a new one."""
    if caller.device_id is not None:
        device = device_table.find(transaction, caller.device_id)
        if device is not None and device.user_id == user.id:
            device_table.set_last_seen(
                transaction, device.id, transaction.now.seconds, caller.ip, caller.user_agent
            )
            return device
    return _add(engine, transaction, user, caller, name=name, kind=kind, actor=actor)


def _add(
    engine: Engine,
    transaction: Transaction,
    user: User,
    caller: Caller,
    *,
    name: str | None,
    kind: str | None,
    actor: str,
) -> Device:
    now = transaction.now
    device = Device(
        id=ids.new_id(ids.Prefix.DEVICE, now.milliseconds),
        user_id=user.id,
        name=(name or _name_of(caller.user_agent))[:MAX_NAME],
        kind=kind or _kind_of(caller.user_agent),
        trusted=False,
        ip=caller.ip,
        user_agent=caller.user_agent,
        first_seen_at=now.seconds,
        last_seen_at=now.seconds,
    )
    device_table.add(transaction, device)
    events.append(
        engine,
        transaction,
        "device:new",
        actor=actor,
        user_id=user.id,
        device_id=device.id,
        ip=caller.ip,
    )
    return device


def _name_of(user_agent: str | None) -> str:
    """Name a device by the first product of its user agent (RFC 9110 10.1.5)."""
    product = _PRODUCT.match(user_agent or "")
    if product is None:
        return "unknown device"
    return "browser" if product[1] == "Mozilla" else product[1]


def _kind_of(user_agent: str | None) -> str:
    if not user_agent:
        return "unknown"
    return "browser" if user_agent.startswith("Mozilla/") else "program"
