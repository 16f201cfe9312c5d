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
    def clears_name(self) -> bool:
        return self.name is None and "name" in self.model_fields_set

    @property
    def changes_fields(self) -> bool:
        """Whether anything but the status changes."""
        given = (self.email, self.name, self.metadata)
        return self.clears_name or any(value is not None for value in given)


class SetPassword(Json):
    password: str


class Users(Json):
    items: list[User]
    next_cursor: str | None
