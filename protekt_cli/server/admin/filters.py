"""What lists and selections are filtered by, as it is written in queries and bodies."""

from __future__ import annotations

from protekt_cli.core import moments, networks
from protekt_cli.core.ids import Prefix
from protekt_cli.core.networks import Network
from protekt_cli.engine import users
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.errors import InvalidRequest
from protekt_cli.store.database import View


def since(text: str | None, now: int) -> int | None:
    """Return the time that a list begins at, if it does.

    Raises:
        InvalidRequest: It is none.
    """
    if text is None:
        return None
    try:
        return moments.parse_since(text, now)
    except ValueError as error:
        raise InvalidRequest(f"since: {error}") from None


def network(text: str | None) -> Network | None:
    """Return the network that an address is to be of, if any.

    Raises:
        InvalidRequest: It is neither an address nor a network.
    """
    if text is None:
        return None
    try:
        return networks.parse(text)
    except ValueError:
        raise InvalidRequest(
            "ip: neither an address nor a network", hint="write 192.0.2.7 or 192.0.2.0/24"
        ) from None


def user_id(view: View, named: str | None) -> str | None:
    """Return the id of the user that is named by e-mail, id, or the start of one, if any.

    Raises:
        NotFound: There is none.
        AmbiguousId: The start fits several, or is too short.
    """
    return None if named is None else users.get(view, named).id


def device_id(view: View, text: str | None) -> str | None:
    """Return the id that *text* is, or is the start of, if any.

    Raises:
        NotFound: There is none.
        AmbiguousId: The start fits several, or is too short.
    """
    return None if text is None else resolve(view, Prefix.DEVICE, text)
