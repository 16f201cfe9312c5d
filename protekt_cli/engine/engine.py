"""What every verb is given: the settings, the store, and what the master key opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from protekt_cli.clock import Clock
from protekt_cli.config import Settings
from protekt_cli.core.policy import Bindings, Enforcement, Lifetimes
from protekt_cli.engine import master_key
from protekt_cli.errors import Problem
from protekt_cli.store import meta
from protekt_cli.store.database import Store, Transaction, View

if TYPE_CHECKING:  # these import the cryptography that most commands never need
    from protekt_cli.core.access_token import Place
    from protekt_cli.core.vault import Vault
    from protekt_cli.engine.keys import KeyRing
    from protekt_cli.engine.passwords import Passwords
    from protekt_cli.engine.verified import VerifiedTokens

T = TypeVar("T")


class Engine:
    """One installation, opened. It belongs to one thread at a time, as its store does."""

    def __init__(self, settings: Settings, store: Store, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.store = store
        self._environ = environ
        #: By their checks: a snapshot from before a rekey goes on with the one it knows.
        self._vaults: dict[bytes, Vault] = {}

    @classmethod
    def open(cls, settings: Settings, environ: Mapping[str, str], clock: Clock) -> Engine:
        """Open the database that the settings name.

        Raises:
            StoreUnavailable: It is missing, or not to be used by this version.
        """
        return cls(settings, Store.open(settings.database.path, clock), environ)

    def reopen(self) -> Engine:
        """Open the same installation once more: a connection belongs to one process."""
        return Engine.open(self.settings, self._environ, self.store.clock)

    def close(self) -> None:
        self.store.close()

    def read(self, query: Callable[[View], T]) -> T:
        """Return what *query* finds in one snapshot."""
        return self.store.read(query)

    def look_up(self, query: Callable[[View], T]) -> T:
        """Return what a *query* of one statement finds."""
        return self.store.look_up(query)

    def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Run *operation* in one write transaction and commit it.

        Raises:
            Problem: The one that it returned (after the commit) or raised (nothing is written).
        """
        return settle(self.store.submit(operation))

    def vault_at(self, view: View) -> Vault:
        """Return the sub-keys of the master key that the database is sealed with in this snapshot.

        The master key is read when first needed, and again where another process has replaced it.

        Raises:
            StoreUnavailable: It is missing, or is another database's.
        """
        vault = self._vaults.get(_check(view))
        if vault is None:
            vault = self.adopt(self.master_key_at(view))
        return vault

    def master_key_at(self, view: View) -> bytes:
        """Return the master key itself, which nothing but a new one for it has a use for.

        Raises:
            StoreUnavailable: It is missing, or is another database's.
        """
        return master_key.get(self.store.path, self._environ, _check(view))

    def adopt(self, key: bytes) -> Vault:
        """Return the vault of a master key, and know it, whether it is where it is read from."""
        from protekt_cli.core.vault import Vault

        vault = Vault(key)
        self._vaults[vault.check] = vault
        return vault

    def unlock(self) -> Engine:
        """Read the master key now, and fail now where it is missing or another's."""
        self.read(self.vault_at)
        return self

    @property
    def key_file(self) -> Path | None:
        """The file that holds the master key; None where the variable holds it."""
        return master_key.key_file_in_use(self.store.path, self._environ)

    @cached_property
    def keys(self) -> KeyRing:
        """The signing keys that were opened so far."""
        from protekt_cli.engine.keys import KeyRing

        return KeyRing(self.vault_at)

    @cached_property
    def verified(self) -> VerifiedTokens:
        """The access tokens that were verified so far."""
        from protekt_cli.engine.verified import VerifiedTokens

        return VerifiedTokens()

    @cached_property
    def passwords(self) -> Passwords:
        from protekt_cli.engine.passwords import Passwords

        return Passwords(self.settings.passwords)

    @cached_property
    def place(self) -> Place:
        """The issuer and audience of access tokens."""
        from protekt_cli.core.access_token import Place

        return Place(self.settings.issuer, self.settings.tokens.audience)

    @cached_property
    def bindings(self) -> Bindings:
        """The settings that bind a session to where it began."""
        sessions = self.settings.sessions
        return Bindings(Enforcement(sessions.device_binding), Enforcement(sessions.ip_matching))

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """The settings that deadlines are made of."""
        tokens, sessions = self.settings.tokens, self.settings.sessions
        return Lifetimes(
            access=tokens.access_ttl,
            idle=sessions.idle_timeout,
            refresh=tokens.refresh_ttl,
            absolute=sessions.absolute_timeout,
            activity_resolution=sessions.activity_resolution,
            reuse_grace=sessions.reuse_grace,
            lost_answer_window=sessions.lost_answer_window,
            sliding=sessions.sliding_expiration,
            rotate=sessions.rotate_refresh_tokens,
            leeway=tokens.leeway,
        )


def settle(verdict: T | Problem) -> T:
    """Raise the refusal that an operation returned, now that it is committed."""
    if isinstance(verdict, Problem):
        raise verdict
    return verdict


def _check(view: View) -> bytes:
    return meta.find(view, meta.MASTER_KEY_CHECK) or b""
