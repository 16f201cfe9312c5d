"""Users: what makes one, and how one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.core import ids
from protekt_cli.engine import authentication, users
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import AmbiguousId, Conflict, InvalidRequest, NotFound, StoreUnavailable
from protekt_cli.models import Caller, User
from protekt_cli.store import users as user_table

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Create = Callable[..., User]


@pytest.fixture
def create(engine: Engine) -> Create:
    """Create a user without a password."""

    def create(email: str, name: str | None = None) -> User:
        return engine.submit(
            lambda transaction: users.create(
                engine,
                transaction,
                email=email,
                name=name,
                metadata={"plan": "free"},
                password_hash=None,
                actor="cli",
            )
        )

    return create


def test_a_user_is_created_as_given(create: Create, clock: HandClock) -> None:
    """The e-mail trimmed and NFC, its case as it was typed."""
    user = create("  Zoe\u0308@Example.com ", "Zo\u00eb")

    assert ids.is_id(ids.Prefix.USER, user.id)
    assert (user.email, user.name, user.status) == ("Zo\u00eb@Example.com", "Zo\u00eb", "active")
    assert user.metadata == {"plan": "free"}
    assert user.created_at == user.updated_at == clock.now().seconds
    assert user.last_login_at is None


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com", " alice@EXAMPLE.com"])
@pytest.mark.usefixtures("alice")
def test_an_email_belongs_to_one_user(create: Create, email: str) -> None:
    """However it is spelled."""
    with pytest.raises(Conflict):
        create(email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@",
        "alice",
        "alice@",
        "@example.com",
        "a@b@c",
        "a b@example.com",
        "a\u00a0b@example.com",
        "a\tb@example.com",
        "a\x00b@example.com",
        "a\x7fb@example.com",
        "\ud800@example.com",
        "a@" + "x" * 253,
        "\u00e9" * 122 + "@example.com",
    ],
)
def test_what_is_no_email_makes_no_user(create: Create, email: str) -> None:
    """One @, text on both sides, nothing unseen within, at most 254 bytes."""
    with pytest.raises(InvalidRequest):
        create(email)


@pytest.mark.parametrize(
    "email", ["a@b", "a@" + "x" * 252, "\u00e9" * 121 + "@example.com", "'\";--@example.com"]
)
def test_what_is_an_email_makes_one(create: Create, email: str) -> None:
    """Who can receive it is not asked."""
    assert create(email).email == email


def test_a_user_is_named_by_email_or_id(engine: Engine, alice: Person, create: Create) -> None:
    """The id whole or cut, the e-mail in any spelling; anything else is not found."""
    bob = create("bob@example.com")

    def get(named: str) -> str:
        return engine.read(lambda view: users.get(view, named)).id

    assert {get(named) for named in (alice.id, alice.email, " ALICE@example.com")} == {alice.id}
    assert get(bob.id[:-1]) == bob.id
    for named in ("carol@example.com", "user_01m89p8efxfe092m3agfy15kf6", "alice", "", "\ud800@x"):
        with pytest.raises(NotFound):
            get(named)
    with pytest.raises(AmbiguousId):
        get(bob.id[:15])
    with pytest.raises(AmbiguousId):
        get("user_01")


def test_a_password_hash_belongs_to_its_user(engine: Engine, alice: Person, create: Create) -> None:
    """Copied to another row of the database it opens nothing, and says so."""
    bob = create("bob@example.com")

    engine.submit(
        lambda transaction: user_table.set_sealed_password(
            transaction, bob.id, alice.user.sealed_password or b""
        )
    )

    with pytest.raises(StoreUnavailable, match=f"{bob.id} is damaged"):
        authentication.login(engine, bob.email, alice.password, Caller())
