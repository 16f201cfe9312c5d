"""Devices: what a user logs in from. Their ids are labels, not credentials."""

from __future__ import annotations

import re
from dataclasses import replace

from protekt_cli.core import ids
from protekt_cli.engine import events, revocation
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.representation import Json, device_json
from protekt_cli.engine.revocation import Report
from protekt_cli.engine.selection import Selection
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import Caller, Device, User
from protekt_cli.store import devices as device_table
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.rows import damaged

#: Characters of a name; the longer one of a login is cut.
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


def get(view: View, text: str) -> Device:
    """Return the device of an id, or of the unambiguous start of one.

    Raises:
        NotFound: There is none.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    device = device_table.find(view, resolve(view, ids.Prefix.DEVICE, text))
    if device is None:  # an index that says otherwise is damaged
        raise damaged("device", text)
    return device


def shown(view: View, device: Device) -> Json:
    """Return a device as it is shown: with how many of its sessions are active."""
    return device_json(device, session_table.count_active_by_device(view, device.id))


def rename(transaction: Transaction, device: Device, name: str) -> Device:
    """Call a device something else, in its sessions too.

    Raises:
        InvalidRequest: The name is empty or too long.
    """
    name = checked_name(name)
    device_table.set_name(transaction, device.id, name)
    session_table.rename_device(transaction, device.id, name)
    return replace(device, name=name)


def checked_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        InvalidRequest: It is empty or too long.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(f"a device's name has 1 to {MAX_NAME} characters")
    return name


def set_trusted(transaction: Transaction, device: Device, *, trusted: bool) -> Device:
    """Keep a device when its last session is pruned, or do so no more."""
    device_table.set_trusted(transaction, device.id, trusted)
    return replace(device, trusted=trusted)


def revoke(engine: Engine, device_id: str, *, actor: str) -> Report:
    """End the sessions of a device, in steps that let others write between them, and remove it.

    It is removed with the last of them: what was interrupted can be repeated.
    """
    report = Report()
    while True:
        step = engine.submit(
            lambda transaction: revoke_step(engine, transaction, device_id, actor=actor)
        )
        report += step
        if step.revoked < revocation.STEP:
            return report


def revoke_step(engine: Engine, transaction: Transaction, device_id: str, *, actor: str) -> Report:
    """End the next sessions of a device; with the last of them it is removed.

    Its id is none that a login can name any more: that gets a new device.
    """
    device = device_table.find(transaction, device_id)
    if device is None:
        return Report(not_found=(device_id,))
    selection = Selection(device_id=device_id)
    report = revocation.revoke_step(engine, transaction, selection, actor=actor)
    if report.revoked < revocation.STEP:
        remove(engine, transaction, device, actor=actor)
    return report


def remove(
    engine: Engine, transaction: Transaction, device: Device, *, actor: str, ip: str | None = None
) -> None:
    """Remove a device whose sessions have all ended; they keep its id and name."""
    device_table.remove(transaction, device.id)
    events.append(
        engine,
        transaction,
        "device:revoke",
        actor=actor,
        user_id=device.user_id,
        device_id=device.id,
        ip=ip,
    )


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
