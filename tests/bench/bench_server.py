"""Print the CPU per request of validate, session and refresh, beside a bare Starlette answer.

Run it with `python -m tests.bench.bench_server`. Ratios within one run are what counts: the
machine's own speed comes and goes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from protekt_cli import config
from protekt_cli.clock import Clock
from protekt_cli.engine import events, sessions, setup, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, Device, Grant, User
from tests.bench.load import Connection, Cost, Server, request, run_clients, server

_SESSIONS = 1000
_CLIENTS = 32
_ROUNDS = 300


def furnish(folder: Path) -> list[Grant]:
    """Make an installation with live sessions, and return what their logins gave."""
    settings = config.load(folder=folder, environ={}).settings
    setup.install(settings, {}, Clock())
    engine = Engine.open(settings, {}, Clock())
    user = engine.submit(
        lambda transaction: users.create(
            engine,
            transaction,
            email="user@example.com",
            name="John Doe",
            metadata={},
            password_hash=None,
            actor=events.CLI,
        )
    )
    device = Device("dev_01m89ny9wcf8zr0x3s773w7fd3", user.id, "d", "k", False, None, None, 0, 0)
    grants = [_start(engine, user, device) for _ in range(_SESSIONS)]
    engine.close()
    return grants


def _start(engine: Engine, user: User, device: Device) -> Grant:
    return engine.submit(
        lambda transaction: sessions.start(
            engine, transaction, user, device, Caller(), amr="pwd", actor=user.id
        )
    )


def repeated(messages: list[bytes]) -> Callable[[Connection], Awaitable[None]]:
    """Return a client that asks each message in turn."""

    async def client(connection: Connection) -> None:
        for message in messages:
            await connection.ask(message)

    return client


def refreshing(grant: Grant) -> Callable[[Connection], Awaitable[None]]:
    """Return a client that refreshes, each time with what the last answer gave."""

    async def client(connection: Connection) -> None:
        token = grant.refresh_token
        for _ in range(_ROUNDS):
            body = json.dumps({"refreshToken": token}).encode()
            answer = await connection.ask(request("POST", "/v1/sessions/refresh", body))
            token = json.loads(answer)["refreshToken"]

    return client


def measure(target: Server, clients: list[Callable[[Connection], Awaitable[None]]]) -> Cost:
    return target.measure(_CLIENTS * _ROUNDS, lambda: run_clients(target.port, clients))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        grants = furnish(Path(name))
        validate = [
            request(
                "POST",
                "/v1/sessions/validate",
                json.dumps({"sessionToken": grant.access_token}).encode(),
            )
            for grant in grants
        ]
        session = [
            request("GET", "/v1/session", headers=f"Authorization: Bearer {g.access_token}\r\n")
            for g in grants
        ]
        bare = request("POST", "/", validate[0].partition(b"\r\n\r\n")[2])

        def spread(messages: list[bytes]) -> list[Callable[[Connection], Awaitable[None]]]:
            return [
                repeated([messages[(i * 31 + j) % len(messages)] for j in range(_ROUNDS)])
                for i in range(_CLIENTS)
            ]

        with server("yardstick_server.py") as yardstick, server("protekt_server.py", name) as own:
            rows = {"bare Starlette": measure(yardstick, spread([bare]))}
            rows["bare Starlette"] = measure(yardstick, spread([bare]))
            rows["validate"] = measure(own, spread(validate))
            rows["session"] = measure(own, spread(session))
            rows["refresh"] = measure(own, [refreshing(grant) for grant in grants[:_CLIENTS]])
        unit = rows["bare Starlette"].cpu_us
        for what, cost in rows.items():
            print(
                f"{what:16} {cost.cpu_us:7.1f} us CPU  {cost.cpu_us / unit:5.2f} x"
                f"  {cost.per_second:7.0f}/s"
            )


if __name__ == "__main__":
    main()
