"""The application with its loop in a thread of its own: tests ask it one thing after another."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from protekt_cli.engine import api_keys, authentication, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Grant, Scope, User
from protekt_cli.server.answer import ASGIApp, Header, Message
from protekt_cli.server.app import create_app
from protekt_cli.server.lifespan import running
from tests.server.talking import HOST, JSON, Answered, scope_of, sending

PASSWORD = "wonderland is real"


class Application:
    """One started application, and the engine of another process beside it."""

    def __init__(self, engine: Engine, make: Callable[[Engine], ASGIApp] = create_app) -> None:
        self.engine = engine
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stop = asyncio.Event()
        started: asyncio.Future[ASGIApp] = self._loop.create_future()
        self._life = asyncio.run_coroutine_threadsafe(self._live(started), self._loop)
        self.app = self.run(_wait(started))

    async def _live(self, started: asyncio.Future[ASGIApp]) -> None:
        try:
            # Its connection belongs to the loop's thread.
            app = self._make(self.engine.reopen())
            async with running(app):
                started.set_result(app)
                await self._stop.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine returns in the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        """Shut the application down, once."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._life.result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Iterable[Header] = (),
        bearer: str | None = None,
        key: str | None = None,
        client: str = "192.0.2.7",
    ) -> Answered:
        """Send one request, a body of JSON if there is one, and return the whole answer."""
        fields = [HOST, *headers]
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            fields += [JSON, (b"content-length", str(len(content)).encode())]
        if bearer is not None:
            fields.append((b"authorization", f"Bearer {bearer}".encode()))
        if key is not None:
            fields.append((b"x-api-key", key.encode()))
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        self.run(self.app(scope_of(method, target, fields, client), sending(content), send))
        start, *parts = sent
        whole = b"".join(part.get("body", b"") for part in parts)
        return Answered(start["status"], tuple(start["headers"]), whole)

    def add_user(self, email: str, password: str = PASSWORD) -> User:
        """Create a user, as an administrator does beside the server."""
        engine = self.engine
        hashed = engine.passwords.hash(password)
        return engine.submit(
            lambda transaction: users.create(
                engine,
                transaction,
                email=email,
                name=None,
                metadata={},
                password_hash=hashed,
                actor="cli",
            )
        )

    def add_key(self, scope: Scope = Scope.ADMIN) -> str:
        """Create an API key, and return what to present."""
        engine = self.engine
        return engine.submit(
            lambda transaction: api_keys.create(
                engine, transaction, name=f"a {scope} key", scope=scope, actor="cli"
            )
        )[1]

    def log_in(self, email: str, password: str = PASSWORD, caller: Caller | None = None) -> Grant:
        """Log in beside the server, as the command line does."""
        return authentication.login(self.engine, email, password, caller or Caller())


async def _wait(future: asyncio.Future[ASGIApp]) -> ASGIApp:
    return await future
