"""The API keys: what programs call Protekt with.

A key is shown once, when it is made, and kept as a digest: 256 random bits need no slow hash, and
no stored byte presents them. It is looked up anew for every request, so that a revocation holds at
once everywhere.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

from protekt_cli.core import ids
from protekt_cli.engine import events
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import ApiKey, Scope
from protekt_cli.store import api_keys as key_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.rows import damaged

#: Characters of a key's name.
MAX_NAME = 200
#: Seconds between two notes of a key's use, so that a busy program writes no more often.
USE_RESOLUTION = 60

_PREFIX = "pk_"
_RANDOM_BYTES = 32
_FORM = re.compile(_PREFIX + "[A-Za-z0-9_-]{43}")


def find(view: View, presented: str) -> ApiKey | None:
    """Return the key that was presented, or None where it is unknown, expired or revoked."""
    if not _FORM.fullmatch(presented):
        return None
    key = key_table.find_by_digest(view, _digest(presented))
    if key is None or has_expired(key, view.now.seconds):
        return None
    return key


def may_still(view: View, key: ApiKey) -> bool:
    """Whether a key that was found good before is so at the view's `now`, for as much."""
    found = key_table.find(view, key.id)
    return (
        found is not None and found.scope is key.scope and not has_expired(found, view.now.seconds)
    )


def has_expired(key: ApiKey, now: int) -> bool:
    """Whether a key's time is over; at its deadline it is."""
    return key.expires_at is not None and now >= key.expires_at


def is_use_due(key: ApiKey, now: int) -> bool:
    """Whether a use at *now* is to be noted: the last that was lies far enough back."""
    return key.last_used_at is None or now >= key.last_used_at + USE_RESOLUTION


def note_use(transaction: Transaction, key: ApiKey) -> None:
    """Note that a key has been used now."""
    key_table.set_last_used(transaction, key.id, transaction.now.seconds)


def create(
    engine: Engine,
    transaction: Transaction,
    *,
    name: str,
    scope: Scope = Scope.CLIENT,
    expires_in: int | None = None,
    actor: str,
) -> tuple[ApiKey, str]:
    """Make a key, and return it with what to present: nothing else ever has that.

    Args:
        expires_in: Seconds that it lives; None for ever.

    Raises:
        InvalidRequest: The name is empty or too long, or it would be dead at once.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(f"an API key's name has 1 to {MAX_NAME} characters")
    if expires_in is not None and expires_in <= 0:
        raise InvalidRequest("an API key that expires lives for a second at least")
    now = transaction.now
    key = ApiKey(
        id=ids.new_id(ids.Prefix.API_KEY, now.milliseconds),
        name=name,
        scope=scope,
        created_at=now.seconds,
        expires_at=None if expires_in is None else now.seconds + expires_in,
        last_used_at=None,
    )
    presented = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    key_table.add(transaction, key, _digest(presented))
    data = {"id": key.id, "scope": key.scope, "expiresAt": key.expires_at}
    events.append(engine, transaction, "apikey:create", actor=actor, data=data)
    return key, presented


def get(view: View, text: str) -> ApiKey:
    """Return the key of an id, or of the unambiguous start of one.

    Raises:
        NotFound: There is none, or it is revoked.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    key = key_table.find(view, resolve(view, ids.Prefix.API_KEY, text))
    if key is None:  # an index that says otherwise is damaged
        raise damaged("API key", text)
    return key


def list_all(view: View) -> list[ApiKey]:
    """Return the keys, oldest first: the expired too, whose time says so, the revoked not."""
    return key_table.list_all(view)


def revoke(engine: Engine, transaction: Transaction, text: str, *, actor: str) -> ApiKey:
    """Refuse a key from now on, and know it no more.

    Raises:
        NotFound: There is none, or it is revoked already.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    key = get(transaction, text)
    key_table.revoke(transaction, key.id, transaction.now.seconds)
    events.append(engine, transaction, "apikey:revoke", actor=actor, data={"id": key.id})
    return key


def _digest(presented: str) -> bytes:
    return sha256(presented.encode()).digest()
