"""What was mistyped is guessed at: commands, options, users; and nothing that is far from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from protekt_cli.cli import guessing
from protekt_cli.clock import Clock
from protekt_cli.store.database import Store
from tests.cli.running import Run

PEOPLE = ("alice@example.com", "Bob@Example.com", "carol@example.org", "carol@example.com")


@pytest.fixture
def store(protekt: Run, installed: Path) -> Iterator[Store]:
    """A database with a few users."""
    for email in PEOPLE:
        assert protekt("users", "create", email, "--no-password").code == 0
    store = Store.open(installed, Clock())
    yield store
    store.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("alise@example.com", "alice@example.com"),
        ("alice@exmaple.com", "alice@example.com"),
        ("alice@example.con", "alice@example.com"),
        ("lice@example.com", "alice@example.com"),
        (" BOB@examples.com", "Bob@Example.com"),
        ("alice", "alice@example.com"),
        ("carol", None),
        ("nobody@example.com", None),
        ("somebody@elsewhere.net", None),
        ("@", None),
        ("", None),
        ("user_01jz3b6m", None),
    ],
)
def test_user_who_was_meant_is_guessed(store: Store, typed: str, meant: str | None) -> None:
    """One slip, or no domain where only one user is called so; otherwise nobody."""
    assert meant == store.read(lambda view: guessing.email(view, typed))


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("sesions list", "did you mean protekt sessions? see: protekt --help"),
        ("sessions lst", "did you mean protekt sessions list? see: protekt sessions --help"),
        ("sessions list --limt 3", "did you mean --limit? see: protekt sessions list --help"),
        ("--sever x users list", "did you mean --server? see: protekt --help"),
        ("config get tokens.acess_ttl", "did you mean tokens.access_ttl?"),
        ("help exit-code", "did you mean exit-codes?"),
        ("frobnicate", "see: protekt --help"),
        ("users frobnicate", "see: protekt users --help"),
        ("users list --frobnicate", "see: protekt users list --help"),
    ],
)
def test_what_was_mistyped_is_guessed(protekt: Run, typed: str, hint: str) -> None:
    """Exit 2, and nothing is done: a guess is a hint."""
    done = protekt(*typed.split())

    assert (2, "", f"hint: {hint}") == (done.code, done.out, done.err.splitlines()[-1])
