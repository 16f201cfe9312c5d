"""Users of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.cli.administration.remote.server import Server, listed, plain, user_part


class Users(Server):
    """What the commands of `users` ask for."""

    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json:
        return plain(self.admin.create_user(email, name=name, metadata=metadata, password=password))

    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed:
        return listed(
            lambda page: self.admin.list_users(status=status, search=search, page=page), limit
        )

    def get_user(self, user: str) -> Json:
        return plain(self.admin.get_user(user_part(user)))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        return plain(self.admin.update_user(user_part(user), changes))

    def set_password(self, user: str, password: str) -> Json:
        found = self.admin.get_user(user_part(user))
        self.admin.set_password(found["id"], password)
        return self.get_user(found["id"])

    def delete_user(self, user: str) -> None:
        self.admin.delete_user(user_part(user))
