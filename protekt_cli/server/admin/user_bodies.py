"""The queries and bodies of the admin API's requests and answers about users."""

from __future__ import annotations

from typing import Any, Literal

from protekt_cli.server.admin.paging import Paged
from protekt_cli.server.schemas import Json, User

Status = Literal["active", "disabled"]


class UserQuery(Paged):
    status: Status | None = None
    #: Part of the e-mail or the name, in any case.
    search: str | None = None


class CreateUser(Json):
    email: str
    name: str | None = None
    password: str | None = None
    metadata: dict[str, Any] | None = None


class UpdateUser(Json):
    """What changes; null is as good as absent, but for the name, which it takes away."""

    email: str | None = None
    name: str | None = None
    #: In place of all that was there.
    metadata: dict[str, Any] | None = None
    status: Status | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """What is given, as `user_changes.apply` takes it."""
        given = ((name, getattr(self, name)) for name in self.model_fields_set)
        return {name: value for name, value in given if value is not None or name == "name"}


class SetPassword(Json):
    password: str


class Users(Json):
    items: list[User]
    next_cursor: str | None
