"""Changes that an API key asks for: the key is judged again in each transaction that acts.

Between the headers of a request and what it writes lie its body, or the hashing of a password. A
key that was revoked meanwhile changes nothing any more; least of all does it make another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from protekt_cli.engine import api_keys
from protekt_cli.errors import InvalidApiKey, Problem
from protekt_cli.models import Scope
from protekt_cli.server.access import require_key
from protekt_cli.server.request import Request
from protekt_cli.server.services import Services
from protekt_cli.store.database import Transaction

T = TypeVar("T")


async def act(
    services: Services, request: Request, change: Callable[[Transaction, str], T | Problem]
) -> T:
    """Return what *change* returned, once it is on disk.

    Args:
        change: Called in the transaction, with the id of the key as the actor.

    Raises:
        InvalidApiKey: The key was revoked, or expired, since the request began.
        Problem: The one that *change* returned or raised.
    """
    key = require_key(request, Scope.ADMIN)

    def judged(transaction: Transaction) -> T | Problem:
        if not api_keys.may_still(transaction, key):
            return InvalidApiKey("this API key is not known here any more")
        return change(transaction, key.id)

    return await services.submit(judged)
