"""Print the CPU per request of the hot paths, beside a bare Starlette answer.

Run it with `python -m tests.bench.bench_server [--live N] [--stored N]`. Each is measured in turn
with its yardstick, a request of the same method and size. The machine's own speed comes and goes,
so that only the ratio says something; what else runs there only ever adds, so that the least of
many short rounds is nearest to the truth.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from protekt_cli.models import Grant
from tests.bench.furnishing import add_user, crowd, install, log_in
from tests.bench.load import Connection, Cost, Server, request, run_clients, server

_CLIENTS = 32
_ASKED = 100
_ROUNDS = 25

Client = Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True)
class Subject:
    """One hot path: what asks for it, what asks the yardstick for as much, and the budget."""

    name: str
    budget: float
    clients: Callable[[], list[Client]]
    yardstick: Callable[[], list[Client]]


def furnish(folder: Path, live: int, stored: int) -> list[Grant]:
    """Make an installation of *stored* sessions; return the tokens of the *live* ones."""
    engine = install(folder)
    grants = log_in(engine, add_user(engine, "user@example.com"), live)
    crowd(engine, grants[0].session, stored - live)
    engine.close()
    return grants


def spread(messages: list[bytes]) -> list[Client]:
    """Return clients that ask the messages in turn, each beginning at another."""

    def client(number: int) -> Client:
        async def ask(connection: Connection) -> None:
            for step in range(_ASKED):
                await connection.ask(messages[(number * _ASKED + step) % len(messages)])

        return ask

    return [client(number) for number in range(_CLIENTS)]


class Refreshing:
    """Clients that refresh, each time with what the last answer gave."""

    def __init__(self, grants: list[Grant]) -> None:
        self._tokens = [grant.refresh_token for grant in grants[:_CLIENTS]]

    def clients(self) -> list[Client]:
        return [self._client(number) for number in range(_CLIENTS)]

    def _client(self, number: int) -> Client:
        async def refresh(connection: Connection) -> None:
            for _ in range(_ASKED):
                answer = await connection.ask(refresh_request(self._tokens[number]))
                self._tokens[number] = json.loads(answer)["refreshToken"]

        return refresh


def refresh_request(token: str) -> bytes:
    body = json.dumps({"refreshToken": token}).encode()
    return request("POST", "/v1/sessions/refresh", body)


def subjects(grants: list[Grant]) -> list[Subject]:
    bodies = [json.dumps({"sessionToken": grant.access_token}).encode() for grant in grants]
    bearers = [f"Authorization: Bearer {grant.access_token}\r\n" for grant in grants]

    def get(path: str) -> list[bytes]:
        return [request("GET", path, headers=bearer) for bearer in bearers]

    validate = [request("POST", "/v1/sessions/validate", body) for body in bodies]
    posted, got = [request("POST", "/", bodies[0])], [request("GET", "/", headers=bearers[0])]
    refreshed = [request("POST", "/", json.dumps({"refreshToken": "x" * 72}).encode())]
    return [
        Subject("validate", 1.5, lambda: spread(validate), lambda: spread(posted)),
        Subject("session", 1.5, lambda: spread(get("/v1/session")), lambda: spread(got)),
        Subject("forward-auth", 1.5, lambda: spread(get("/v1/forward-auth")), lambda: spread(got)),
        Subject("refresh", 3.5, Refreshing(grants).clients, lambda: spread(refreshed)),
    ]


def measure(target: Server, clients: list[Client]) -> Cost:
    return target.measure(_CLIENTS * _ASKED, lambda: run_clients(target.port, clients))


def compare(subject: Subject, own: Server, yardstick: Server) -> None:
    """Measure a subject and its yardstick in turn, after a round that only warms both up."""
    rounds = [
        (measure(own, subject.clients()), measure(yardstick, subject.yardstick()))
        for _ in range(1 + _ROUNDS)
    ][1:]
    ours, theirs = (min(costs, key=lambda cost: cost.cpu_us) for costs in zip(*rounds, strict=True))
    print(
        f"{subject.name:14} {ours.cpu_us:7.1f} us CPU, {ours.cpu_us / theirs.cpu_us:5.2f} x of"
        f" {subject.budget}  (yardstick {theirs.cpu_us:.1f} us;"
        f" {ours.per_second:.0f}/s beside {theirs.per_second:.0f}/s)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", type=int, default=10_000, help="tokens that are presented")
    parser.add_argument("--stored", type=int, default=10_000, help="sessions in the store")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        grants = furnish(Path(name), asked.live, max(asked.live, asked.stored))
        with server("yardstick_server.py") as yardstick, server("protekt_server.py", name) as own:
            everything = [
                request("GET", "/v1/session", headers=f"Authorization: Bearer {g.access_token}\r\n")
                for g in grants
            ]
            run_clients(own.port, [_asking(everything[n::_CLIENTS]) for n in range(_CLIENTS)])
            for subject in subjects(grants):
                compare(subject, own, yardstick)


def _asking(messages: list[bytes]) -> Client:
    async def ask(connection: Connection) -> None:
        for message in messages:
            await connection.ask(message)

    return ask


if __name__ == "__main__":
    main()
