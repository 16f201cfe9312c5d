"""What a user may do with its own devices, by the access token of one of its sessions.

As with its sessions, the token is judged again in the transaction that acts.
"""

from __future__ import annotations

from protekt_cli.core.access_token import Claims
from protekt_cli.engine import devices, own_sessions, validation
from protekt_cli.engine.engine import Engine, settle
from protekt_cli.engine.own_sessions import Selector, Step
from protekt_cli.errors import InvalidToken, NotFound
from protekt_cli.models import Caller, Device
from protekt_cli.store import devices as device_table
from protekt_cli.store.database import Transaction, View


def find(view: View, user_id: str, device_id: str) -> Device | NotFound:
    """Return a device of a user's own; somebody else's is as good as none."""
    device = device_table.find(view, device_id)
    if device is None or device.user_id != user_id:
        return NotFound("there is no such device of yours")
    return device


def rename(
    engine: Engine,
    transaction: Transaction,
    claims: Claims,
    device_id: str,
    name: str,
    caller: Caller,
) -> Device | InvalidToken | NotFound:
    """Call a device of the user's own something else.

    Raises:
        InvalidRequest: The name is empty or too long.
    """
    name = devices.checked_name(name)
    judged = validation.use(engine, transaction, claims, caller)
    if judged.user is None:
        return validation.refusal(judged)
    device = find(transaction, judged.user.id, device_id)
    return device if isinstance(device, NotFound) else devices.rename(transaction, device, name)


def revoke(
    engine: Engine, transaction: Transaction, claims: Claims, device_id: str, caller: Caller
) -> Step | InvalidToken | NotFound:
    """End the next sessions of a device of the user's own; with the last of them it is removed."""
    selector = Selector(device_id=device_id)
    step = own_sessions.revoke(engine, transaction, claims, selector, caller)
    if isinstance(step, Step) and step.is_last:
        device = settle(find(transaction, claims.user_id, device_id))
        devices.remove(engine, transaction, device, actor=claims.user_id, ip=caller.ip)
    return step
