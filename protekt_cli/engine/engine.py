"""What every verb is given: the settings, the store, and what the master key opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from protekt_cli.clock import Clock
from protekt_cli.config import Settings
from protekt_cli.core.policy import Lifetimes
from protekt_cli.engine import master_key
from protekt_cli.errors import Problem, StoreUnavailable
from protekt_cli.store import meta
from protekt_cli.store.database import Store, Transaction, View

if TYPE_CHECKING:  # these import the cryptography that most commands never need
    from protekt_cli.core.access_token import Place
    from protekt_cli.core.vault import Vault
    from protekt_cli.engine.keys import KeyRing
    from protekt_cli.engine.passwords import Passwords

T = TypeVar("T")


class Engine:
    """One installation, opened. It belongs to one thread at a time, as its store does."""

    def __init__(self, settings: Settings, store: Store, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.store = store
        self._environ = environ
        # Now, for the vault may first be needed inside a transaction.
        self._master_key_check = store.read(lambda view: meta.find(view, meta.MASTER_KEY_CHECK))

    @classmethod
    def open(cls, settings: Settings, environ: Mapping[str, str], clock: Clock) -> Engine:
        """Open the database that the settings name.

        Raises:
            StoreUnavailable: It is missing, or not to be used by this version.
        """
        return cls(settings, Store.open(settings.database.path, clock), environ)

    def close(self) -> None:
        self.store.close()

    def read(self, query: Callable[[View], T]) -> T:
        """Return what *query* finds in one snapshot."""
        return self.store.read(query)

    def submit(self, operation: Callable[[Transaction], T | Problem]) -> T:
        """Run *operation* in one write transaction and commit it.

        Raises:
            Problem: The one that it returned (after the commit) or raised (nothing is written).
        """
        return settle(self.store.submit(operation))

    @cached_property
    def vault(self) -> Vault:
        """The sub-keys of the master key, which is read once, when first needed.

        Raises:
            StoreUnavailable: The master key is missing, or is another database's.
        """
        from protekt_cli.core.vault import Vault

        vault = Vault(master_key.get(self.store.path, self._environ))
        if vault.check != self._master_key_check:
            raise StoreUnavailable(
                f"the master key is not the one of {self.store.path}",
                hint="restore the protekt.key that belongs to this database",
            )
        return vault

    def unlock(self) -> Engine:
        """Read the master key now, and fail now where it is missing or another's."""
        _ = self.vault
        return self

    @cached_property
    def keys(self) -> KeyRing:
        """The signing keys that were opened so far."""
        from protekt_cli.engine.keys import KeyRing

        return KeyRing(self.vault)

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
            leeway=tokens.leeway,
        )


def settle(verdict: T | Problem) -> T:
    """Raise the refusal that an operation returned, now that it is committed."""
    if isinstance(verdict, Problem):
        raise verdict
    return verdict
