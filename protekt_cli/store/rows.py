"""Rows as values: what cannot be read as what was written is damage, and the store's fault."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from protekt_cli.errors import StoreUnavailable
from protekt_cli.store.database import Row

T = TypeVar("T")


def damaged(thing: str, id_: object) -> StoreUnavailable:
    """Return the refusal to work with a row that cannot be as it was written."""
    return StoreUnavailable(
        f"the {thing} {id_!a} is damaged in the database", hint="see: protekt db check"
    )


def reading(thing: str) -> Callable[[Callable[[Row], T]], Callable[[Row], T]]:
    """Make of a function that reads a row, its id first, one that says which row is damaged.

    Raises:
        StoreUnavailable: The row holds what nobody ever wrote.
    """

    def decorate(read: Callable[[Row], T]) -> Callable[[Row], T]:
        @wraps(read)
        def checked(row: Row) -> T:
            try:
                return read(row)
            except (ValueError, TypeError) as error:
                raise damaged(thing, row[0]) from error

        return checked

    return decorate
