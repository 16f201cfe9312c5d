"""Rows that nobody ever wrote: the store's fault, and named."""

from __future__ import annotations

import json

import pytest

from protekt_cli.errors import StoreUnavailable
from protekt_cli.models import UserStatus
from protekt_cli.store.database import Row
from protekt_cli.store.rows import reading


@reading("user")
def read(row: Row) -> tuple[UserStatus, object]:
    return UserStatus(row[1]), json.loads(row[2])


@pytest.mark.parametrize("row", [("u1", "acti", "{}"), ("u1", "active", "{"), ("u1", "active", 7)])
def test_a_row_that_cannot_be_read_is_named_as_damaged(row: Row) -> None:
    """An unknown word, no JSON, or another type is damage to the file and nothing else."""
    with pytest.raises(StoreUnavailable, match="the user 'u1' is damaged"):
        read(row)


def test_a_row_that_is_whole_is_read() -> None:
    """Nothing is in the way of a row as it was written."""
    assert (UserStatus.ACTIVE, {}) == read(("u1", "active", "{}"))
