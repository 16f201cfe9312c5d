"""A key that is revoked while its request is under way: nothing is done by it any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from protekt_cli.engine import api_keys, feed
from protekt_cli.engine.engine import Engine
from protekt_cli.models import ApiKey, Scope
from protekt_cli.server.answer import Message
from tests.conftest import HandClock, Person
from tests.server.admin.conftest import AddKey
from tests.server.application import Application
from tests.server.talking import HOST, JSON, Answered, scope_of

CHANGES: dict[str, tuple[str, str, dict[str, object]]] = {
    "make a key": ("POST", "apikeys", {"name": "its successor", "scope": "admin"}),
    "create a user": ("POST", "users", {"email": "mallory@example.com"}),
    "change a user": ("PATCH", "users/{user}", {"name": "Mallory"}),
    "set a password": ("PUT", "users/{user}/password", {"password": "correct horse battery"}),
    "issue a session": ("POST", "sessions", {"userId": "{user}"}),
    "end sessions": ("POST", "sessions/revoke", {"all": True}),
    "rename a device": ("PATCH", "devices/{device}", {"name": "Mallory's"}),
    "rotate the keys": ("POST", "keys/rotate", {"algorithm": "ES256"}),
    "revoke a signing key": ("POST", "keys/x/revoke", {}),
}


class UnderWay:
    """A request of which all but the body has come."""

    def __init__(self, app: Application, method: str, path: str, body: bytes, key: str) -> None:
        self._app = app
        self._sent: list[Message] = []
        self._is_read, self._may_go_on = asyncio.Event(), asyncio.Event()
        fields = [HOST, JSON, (b"x-api-key", key.encode())]
        fields.append((b"content-length", str(len(body)).encode()))
        scope = scope_of(method, f"/v1/admin/{path}", fields)

        async def receive() -> Message:
            self._is_read.set()
            await self._may_go_on.wait()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            self._sent.append(message)

        async def begin() -> asyncio.Task[None]:
            task = asyncio.create_task(answer())
            await self._is_read.wait()
            return task

        async def answer() -> None:
            await app.app(scope, receive, send)

        self._task: asyncio.Task[None] = app.run(begin())

    def finish(self) -> Answered:
        """Send the body and return the answer."""

        async def finish() -> None:
            self._may_go_on.set()
            await self._task

        self._app.run(finish())
        start, *parts = self._sent
        whole = b"".join(part.get("body", b"") for part in parts)
        return Answered(start["status"], tuple(start["headers"]), whole)


Begin = Callable[..., UnderWay]


@pytest.fixture
def begin(app: Application, alice: Person, admin_key: str) -> Begin:
    """Send all of a change but its body."""
    device = alice.login().session.device_id

    def begin(change: str, key: str = admin_key) -> UnderWay:
        method, path, body = CHANGES[change]
        names = {"{user}": alice.id, "{device}": device}
        content = json.dumps(body)
        for name, value in names.items():
            path, content = path.replace(name, value), content.replace(name, value)
        return UnderWay(app, method, path, content.encode(), key)

    return begin


@pytest.mark.parametrize("change", CHANGES)
def test_key_that_is_revoked_before_the_body_came_changes_nothing(
    begin: Begin, engine: Engine, admin: tuple[ApiKey, str], change: str
) -> None:
    """It makes no other key either, by which its thief would go on."""
    request = begin(change)
    engine.submit(
        lambda transaction: api_keys.revoke(engine, transaction, admin[0].id, actor="cli")
    )
    before = engine.read(feed.head)

    answered = request.finish()

    assert (401, "invalid_api_key") == (answered.status, answered.code())
    assert before == engine.read(feed.head)


def test_key_that_expires_before_the_body_came_changes_nothing(
    begin: Begin, engine: Engine, add_key: AddKey, clock: HandClock
) -> None:
    """At its deadline, as when it is presented."""
    _, key = add_key(Scope.ADMIN, 60)
    request = begin("make a key", key)
    clock.advance(60)

    answered = request.finish()

    assert (401, "invalid_api_key") == (answered.status, answered.code())


def test_key_that_lives_acts_however_late_the_body_comes(begin: Begin) -> None:
    """What is judged again passes again."""
    request = begin("make a key")

    answered = request.finish()

    assert 201 == answered.status
