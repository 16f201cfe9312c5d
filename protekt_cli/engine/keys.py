"""The signing keys: one active, one next and already published, the retired and the revoked.

Verifiers that cache the JWKS must know a key before it signs; that is what the next one is for.
Every key is sealed by the master key; what was opened once is kept in memory. Which key signs and
which is refused is read from the store each time, so that a change holds at once everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protekt_cli.core import ids, signing_key
from protekt_cli.core.access_token import UnsealedKey
from protekt_cli.core.vault import Damaged
from protekt_cli.engine import events
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, StoreUnavailable
from protekt_cli.models import KeyStatus, SigningKey
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.rows import damaged
from protekt_cli.store.signing_keys import SealedKey

if TYPE_CHECKING:
    from protekt_cli.core.vault import Vault


class KeyRing:
    """Opens signing keys, each once: by all that is sealed, so that a replaced key is another."""

    def __init__(self, vault_at: Callable[[View], Vault]) -> None:
        self._vault_at = vault_at
        self._opened: dict[tuple[str, str, bytes], UnsealedKey] = {}

    def open(self, view: View, key: SigningKey | SealedKey) -> UnsealedKey:
        """Return the key, able to sign and verify.

        Raises:
            StoreUnavailable: Its sealed value is damaged.
        """
        sealed = (key.kid, key.algorithm, key.sealed)
        opened = self._opened.get(sealed)
        if opened is None:
            opened = self._opened[sealed] = self._open(view, key)
        return opened

    def seal(self, view: View, algorithm: str, status: KeyStatus) -> SigningKey:
        """Return a new key of *algorithm*, sealed."""
        kid = ids.new_id(ids.Prefix.SIGNING_KEY, view.now.milliseconds)
        plain = signing_key.generate(algorithm)
        public = signing_key.public_jwk(algorithm, plain, kid)
        sealed = self._vault_at(view).seal(plain, *_place(kid, algorithm))
        return SigningKey(kid, algorithm, status, sealed, public, view.now.seconds, None)

    def _open(self, view: View, key: SigningKey | SealedKey) -> UnsealedKey:
        try:
            plain = self._vault_at(view).open(key.sealed, *_place(key.kid, key.algorithm))
            secret = signing_key.load(key.algorithm, plain)
        except (Damaged, ValueError):
            raise StoreUnavailable(f"the signing key {key.kid} is damaged") from None
        return UnsealedKey(key.kid, key.algorithm, secret)


def ensure(engine: Engine, transaction: Transaction, algorithm: str | None = None) -> None:
    """Make the active and the next key where they are not there yet."""
    algorithm = algorithm or engine.settings.tokens.algorithm
    for status in (KeyStatus.ACTIVE, KeyStatus.NEXT):
        if key_table.find_by_status(transaction, status) is None:
            key_table.add(transaction, engine.keys.seal(transaction, algorithm, status))


def get_active(engine: Engine, view: View) -> UnsealedKey:
    """Return the key that signs.

    Raises:
        StoreUnavailable: There is none, or it is damaged.
    """
    key = key_table.find_signing(view)
    if key is None:
        raise StoreUnavailable("there is no active signing key", hint="run: protekt keys rotate")
    return engine.keys.open(view, key)


def find_verifying(engine: Engine, view: View, kid: str) -> UnsealedKey | None:
    """Return the key named *kid*, or None where it is unknown or revoked.

    Raises:
        StoreUnavailable: It is damaged, or there is no master key to say anything by.
    """
    key = key_table.find_verifying(view, kid)
    if key is None:
        engine.vault_at(view)
        return None
    return engine.keys.open(view, key)


def rotate(
    engine: Engine, transaction: Transaction, *, actor: str, algorithm: str | None = None
) -> SigningKey:
    """Let the next key sign and the active one only verify; return the one that signs now.

    Args:
        algorithm: Makes both anew, and revokes the next one that nobody will need: verifiers that
            cache the JWKS have to fetch it again.
    """
    if algorithm is not None:
        _revoke_next(engine, transaction, actor)
    key_table.retire_active(transaction, transaction.now.seconds)
    key_table.activate_next(transaction)
    ensure(engine, transaction, algorithm)
    active = _get(transaction, KeyStatus.ACTIVE)
    engine.keys.open(transaction, active)  # one that is damaged must not become the one that signs
    data = {"kid": active.kid, "algorithm": active.algorithm, "next": _next_kid(transaction)}
    events.append(engine, transaction, "key:rotate", actor=actor, data=data)
    return active


def revoke(engine: Engine, transaction: Transaction, text: str, *, actor: str) -> SigningKey:
    """Refuse every token of a key from now on; in place of the next one comes a new next.

    Sessions live on and renew. A key that is revoked already stays as it is.

    Args:
        text: A kid, or the unambiguous start of one.

    Raises:
        NotFound: There is no such key.
        AmbiguousId: Several begin so, or *text* is too short to tell.
        Conflict: It is the active one.
    """
    key = find_revocable(transaction, text)
    if key.status is KeyStatus.REVOKED:
        return key
    now = transaction.now.seconds
    key_table.revoke(transaction, key.kid, now)
    ensure(engine, transaction)
    data = {"kid": key.kid, "algorithm": key.algorithm, "next": _next_kid(transaction)}
    events.append(engine, transaction, "key:revoke", actor=actor, data=data)
    return revoked(key, now)


def revoked(key: SigningKey, now: int) -> SigningKey:
    """Return a key as its revocation at *now* leaves it."""
    retired_at = now if key.retired_at is None else key.retired_at
    return replace(key, status=KeyStatus.REVOKED, retired_at=retired_at)


def find_revocable(view: View, text: str) -> SigningKey:
    """Return the key that `revoke` would revoke, and raise what it would raise."""
    key = get(view, text)
    if key.status is KeyStatus.ACTIVE:
        raise Conflict(f"{key.kid} is the key that signs", hint="first run: protekt keys rotate")
    return key


def get(view: View, text: str) -> SigningKey:
    """Return the key of a kid, or of the unambiguous start of one.

    Raises:
        NotFound: There is none.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    key = key_table.find(view, resolve(view, ids.Prefix.SIGNING_KEY, text))
    if key is None:  # an index that says otherwise is damaged
        raise damaged("signing key", text)
    return key


def replace_all(engine: Engine, transaction: Transaction) -> None:
    """Revoke every key, and make a new active and a new next one."""
    key_table.revoke_all(transaction, transaction.now.seconds)
    ensure(engine, transaction)


def jwks(view: View) -> dict[str, Any]:
    """Return the public keys as a JWK set (RFC 7517 5); shared secrets are never in it."""
    keys = [
        dict(key.public)
        for key in key_table.list_all(view)
        if key.public and key.status is not KeyStatus.REVOKED
    ]
    return {"keys": keys}


def _revoke_next(engine: Engine, transaction: Transaction, actor: str) -> None:
    key = _get(transaction, KeyStatus.NEXT)
    key_table.revoke(transaction, key.kid, transaction.now.seconds)
    data = {"kid": key.kid, "algorithm": key.algorithm, "next": None}
    events.append(engine, transaction, "key:revoke", actor=actor, data=data)


def _get(view: View, status: KeyStatus) -> SigningKey:
    key = key_table.find_by_status(view, status)
    if key is None:
        raise StoreUnavailable(f"there is no {status} signing key")
    return key


def _next_kid(view: View) -> str:
    return _get(view, KeyStatus.NEXT).kid


def _place(kid: str, algorithm: str) -> tuple[str, ...]:
    """Return what a sealed key is bound to: it opens in no other row, for no other algorithm."""
    return "signing_keys", kid, algorithm
