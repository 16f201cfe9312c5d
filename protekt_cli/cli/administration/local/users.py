"""Users of the database itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.cli.administration.local.database import Database, user_of
from protekt_cli.engine.representation import user_json

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.models import User
    from protekt_cli.store.database import Transaction, View


class Users(Database):
    """What the commands of `users` ask for."""

    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json:
        from protekt_cli.engine import events, users

        password_hash = None if password is None else self._hash(password, email, name)
        return user_json(
            self.change(
                lambda engine, transaction: users.create(
                    engine,
                    transaction,
                    email=email,
                    name=name,
                    metadata=metadata,
                    password_hash=password_hash,
                    actor=events.CLI,
                )
            )
        )

    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed:
        from protekt_cli.models import UserStatus
        from protekt_cli.store import users

        only = UserStatus(status) if status else None

        def find(view: View, most: int | None) -> list[User]:
            return users.list_matching(view, status=only, search=search, limit=most)

        return self.listed(find, user_json, limit)

    def get_user(self, user: str) -> Json:
        return user_json(self.read(lambda view: user_of(view, user)))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        from protekt_cli.engine import events, user_changes

        return user_json(
            self.change(
                lambda engine, transaction: user_changes.apply(
                    engine, transaction, user_of(transaction, user), changes, actor=events.CLI
                )
            )
        )

    def set_password(self, user: str, password: str) -> Json:
        from protekt_cli.engine import events, user_changes

        named = self.read(lambda view: user_of(view, user))
        password_hash = self._hash(password, named.email, named.name)

        def change(engine: Engine, transaction: Transaction) -> User:
            found = user_of(transaction, named.id)
            user_changes.set_password(engine, transaction, found, password_hash, actor=events.CLI)
            return user_of(transaction, named.id)

        return user_json(self.change(change))

    def delete_user(self, user: str) -> None:
        from protekt_cli.engine import events, user_changes

        self.change(
            lambda engine, transaction: user_changes.delete(
                engine, transaction, user_of(transaction, user), actor=events.CLI
            )
        )

    def _hash(self, password: str, email: str, name: str | None) -> str:
        """Return the hash of a new password; one that is easily guessed is a warning at least."""
        from protekt_cli.engine import strength

        passwords = self.engine.passwords
        weakness = passwords.check_new(password, strength.known_words(email, name))
        if weakness is not None:
            self.invocation.note(f"warning: the password is easily guessed: {weakness}")
        return passwords.hash(password)
