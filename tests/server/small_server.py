"""A server with a few paths that its tests can see the inside of: it says on stdout what happens.

python small_server.py PORT [HOST]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from protekt_cli.config import Settings
from protekt_cli.errors import InvalidRequest, Problem, StoreUnavailable
from protekt_cli.server.admission import Admission
from protekt_cli.server.cors import Cors
from protekt_cli.server.gate import Gate
from protekt_cli.server.request import Request as GateRequest
from protekt_cli.server.runner import serve


def say(line: str) -> None:
    print(line, flush=True)


def make(stopping: asyncio.Event, _: int) -> Gate:
    async def quick(_: Request) -> PlainTextResponse:
        return PlainTextResponse("quick")

    async def half(request: Request) -> PlainTextResponse:
        say("open")
        try:
            await GateRequest.of(request.scope).json()
        except InvalidRequest:
            say("left")
        return PlainTextResponse("to nobody")

    async def until_stopped(_: Request) -> PlainTextResponse:
        say("open")
        await stopping.wait()
        return PlainTextResponse("whole")

    async def never(_: Request) -> PlainTextResponse:
        say("open")
        await stopping.wait()
        say("stopping")
        await asyncio.Event().wait()
        return PlainTextResponse("never")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if "--no-store" in sys.argv:
            raise StoreUnavailable("the store is not there")
        say("started")
        yield
        say("closed")

    routes = [
        Route("/", quick),
        Route("/", half, methods=["POST"]),
        Route("/until-stopped", until_stopped),
        Route("/never", never),
    ]
    return Gate(
        hot={},
        fallback=Starlette(routes=routes, lifespan=lifespan),
        admission=Admission(Settings(), lambda presented: None),
        cors=Cors(()),
        max_body_bytes=1000,
    )


def main() -> int:
    port, host = int(sys.argv[1]), sys.argv[2]
    try:
        serve(make, host=host, port=port, announce=say)
    except Problem as problem:
        print(problem.message, file=sys.stderr)
        return problem.exit_code
    say("returned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
