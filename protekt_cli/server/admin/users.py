"""The endpoints of users: create, find, change, delete; and their passwords, which only go in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, FastAPI, Query, Response

from protekt_cli.engine import user_changes, users
from protekt_cli.engine.representation import Json, user_json
from protekt_cli.models import UserStatus
from protekt_cli.server import passwords, schemas
from protekt_cli.server.admin import user_bodies as bodies
from protekt_cli.server.admin.acting import act
from protekt_cli.server.admin.paging import AskedList, Cursor, page_json
from protekt_cli.server.answer import NO_STORE, Answer
from protekt_cli.server.reading import read_aside
from protekt_cli.server.request import Request
from protekt_cli.server.routing import Asked, response
from protekt_cli.server.services import Services
from protekt_cli.store import users as user_table
from protekt_cli.store.database import View


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the endpoints to *api*."""

    @api.get("/v1/admin/users", response_model=bodies.Users)
    async def list_(_: AskedList, query: Annotated[bodies.UserQuery, Query()]) -> Response:
        """List users, the newest first."""
        return response(await list_users(services, query))

    @api.post("/v1/admin/users", status_code=201, response_model=schemas.User)
    async def create_(request: Asked, body: Annotated[bodies.CreateUser, Body()]) -> Response:
        """Create a user; without a password, one who cannot log in by password."""
        return response(await create(services, request, body))

    @api.get("/v1/admin/users/{user}", response_model=schemas.User)
    async def show_(user: str) -> Response:
        """Return the user of an id, the start of one, or an e-mail."""
        return response(await show(services, user))

    @api.patch("/v1/admin/users/{user}", response_model=schemas.User)
    async def update_(
        request: Asked, user: str, body: Annotated[bodies.UpdateUser, Body()]
    ) -> Response:
        """Change what is given of a user; disabling one ends its sessions."""
        return response(await update(services, request, user, body))

    @api.delete("/v1/admin/users/{user}", status_code=204)
    async def delete_(request: Asked, user: str) -> Response:
        """Delete a user with its devices and sessions; their events stay."""
        return response(await delete(services, request, user))

    @api.put("/v1/admin/users/{user}/password", status_code=204)
    async def set_password_(
        request: Asked, user: str, body: Annotated[bodies.SetPassword, Body()]
    ) -> Response:
        """Give a user a new password, which ends its sessions."""
        return response(await set_password(services, request, user, body))


async def list_users(services: Services, query: bodies.UserQuery) -> Answer:
    """Answer a page of the users that a query asks for."""
    status = UserStatus(query.status) if query.status else None

    def find(view: View) -> Json:
        cursor = Cursor.of(query, view.now.seconds)
        place = cursor.place_in("users", query.status, query.search)
        page = user_table.list_page(
            view, status=status, search=query.search, limit=query.limit, after=place.after
        )
        return page_json(page, place, user_json)

    return Answer.json(200, await read_aside(services, find), [NO_STORE])


async def create(services: Services, request: Request, body: bodies.CreateUser) -> Answer:
    """Create a user and answer it."""
    email, password_hash = users.normalise_email(body.email), None
    if body.password is not None:
        password_hash = await passwords.hash_new(services, body.password, email, body.name)
    user = await act(
        services,
        request,
        lambda transaction, actor: users.create(
            services.engine,
            transaction,
            email=email,
            name=body.name,
            metadata=body.metadata or {},
            password_hash=password_hash,
            actor=actor,
        ),
    )
    return Answer.json(201, user_json(user), [NO_STORE])


async def show(services: Services, named: str) -> Answer:
    """Answer a user."""
    user = services.engine.read(lambda view: users.get(view, named))
    return Answer.json(200, user_json(user), [NO_STORE])


async def update(
    services: Services, request: Request, named: str, body: bodies.UpdateUser
) -> Answer:
    """Change a user, all at once or not at all, and answer it as it is then."""
    user = await act(
        services,
        request,
        lambda transaction, actor: user_changes.apply(
            services.engine,
            transaction,
            users.get(transaction, named),
            body.changes,
            actor=actor,
        ),
    )
    return Answer.json(200, user_json(user), [NO_STORE])


async def delete(services: Services, request: Request, named: str) -> Answer:
    """Delete a user."""
    await act(
        services,
        request,
        lambda transaction, actor: user_changes.delete(
            services.engine, transaction, users.get(transaction, named), actor=actor
        ),
    )
    return Answer(204)


async def set_password(
    services: Services, request: Request, named: str, body: bodies.SetPassword
) -> Answer:
    """Give a user a new password."""
    engine = services.engine
    user = engine.read(lambda view: users.get(view, named))
    password_hash = await passwords.hash_new(services, body.password, user.email, user.name)
    await act(
        services,
        request,
        lambda transaction, actor: user_changes.set_password(
            engine, transaction, users.get(transaction, user.id), password_hash, actor=actor
        ),
    )
    return Answer(204)
