"""The database of a command's settings, opened when something is first asked of it.

Reading opens the store alone, which is faster and needs no master key; what changes something
goes through the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.errors import AmbiguousId, NotFound

if TYPE_CHECKING:
    from protekt_cli.cli.invocation import Invocation
    from protekt_cli.engine.engine import Engine
    from protekt_cli.models import User
    from protekt_cli.store.database import Store, Transaction, View

T = TypeVar("T")


class Database:
    """What the nouns share: how they read and how they change, and what time it is."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @cached_property
    def engine(self) -> Engine:
        """What changes something."""
        return self._opened.enter_context(self.invocation.engine())

    @property
    def store(self) -> Store:
        """What is read from: the engine's, where that is open."""
        return self.engine.store if "engine" in vars(self) else self._store

    @cached_property
    def _store(self) -> Store:
        return self._opened.enter_context(self.invocation.store())

    def now(self) -> int:
        """Return what time the database goes by, in Unix seconds."""
        return self.store.now().seconds

    def prepare(self) -> None:
        """Fail now where the master key is missing or another's."""
        self.engine.unlock()

    def read(self, query: Callable[[View], T]) -> T:
        """Return what *query* finds in one snapshot."""
        return self.store.read(query)

    def change(self, change: Callable[[Engine, Transaction], T]) -> T:
        """Return what *change* does in one transaction."""
        # Nothing may be sealed for it, but whatever writes needs the master key.
        engine = self.engine.unlock()
        return engine.submit(lambda transaction: change(engine, transaction))

    def listed(
        self, find: Callable[[View, int | None], list[T]], show: Callable[[T], Json], limit: int
    ) -> Listed:
        """Return the first *limit* (0: all) of what *find* finds when asked for one more."""
        found = self.read(lambda view: find(view, limit + 1 if limit else None))
        return Listed(map(show, found[: limit or None]), is_cut=bool(limit) and len(found) > limit)


def user_of(view: View, named: str) -> User:
    """Return the user of an e-mail, an id, or the start of one; who it is not is guessed at."""
    from protekt_cli.engine import users

    try:
        return users.get(view, named)
    except (NotFound, AmbiguousId) as error:
        from protekt_cli.cli import guessing

        guess = guessing.email(view, named)
        if guess is not None:
            error.hint = f"did you mean {guess}?"
        raise
