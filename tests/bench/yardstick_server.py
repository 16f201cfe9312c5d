"""The yardstick: a bare Starlette answer on Granian, to a request of the same size."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from protekt_cli.server.runner import serve

_ANSWER = {"valid": True, "text": "x" * 800}


async def answer(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse(_ANSWER)


def make(_: asyncio.Event, __: int) -> Starlette:
    return Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])


serve(make, host="127.0.0.1", port=0, announce=lambda url: print(url, flush=True))
