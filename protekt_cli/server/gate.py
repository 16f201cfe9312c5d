"""The outermost application: what holds for every request, whichever path it is for.

It judges a request by its line and headers alone, finds the hot endpoints in a dictionary before
any router is asked, and makes every error, a bug too, a problem document. It knows nothing of
users, sessions or tokens.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from starlette.applications import Starlette

from protekt_cli.clock import monotonic
from protekt_cli.errors import NotFound, Problem, StoreUnavailable
from protekt_cli.server.admission import Admission
from protekt_cli.server.answer import Answer, Header, Receive, Scope, Send
from protekt_cli.server.body import BodyReader
from protekt_cli.server.cors import Cors
from protekt_cli.server.methods import KNOWN, methods_of
from protekt_cli.server.problems import (
    Internal,
    MethodNotAllowed,
    UnknownMethod,
    problem_answer,
)
from protekt_cli.server.relay import Inlet, Relay
from protekt_cli.server.request import Endpoint, Request

#: In place of a method: the endpoint takes them all.
ANY_METHOD = "*"

Methods = Mapping[str, Endpoint]
#: Refuses requests that the paths behind it are not for, before anything of them is read.
Guard = Callable[[Request], None]
#: Writes a problem down; the second argument is the request's id.
Dialect = Callable[[Problem, str], Answer]
#: Hears of a request, the status of its answer (0: it broke off before), and the seconds it took.
Observer = Callable[[Request, int, float], None]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
# The server behind adds its own name where there is none. The rest is what OWASP's REST Security
# Cheat Sheet has for answers that no browser shows; a page says for itself what it may do.
_ALWAYS: tuple[Header, ...] = (
    (b"server", b"protekt"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_NO_METHODS: Methods = {}

_log = logging.getLogger("protekt")


class Gate:
    """The ASGI application that the server runs."""

    def __init__(
        self,
        *,
        hot: Mapping[str, Methods],
        fallback: Starlette,
        admission: Admission,
        cors: Cors,
        max_body_bytes: int,
        guards: Mapping[str, Guard] = MappingProxyType({}),
        dialects: Mapping[str, Dialect] = MappingProxyType({}),
        observers: Sequence[Observer] = (),
    ) -> None:
        """Put the gate before *fallback*.

        Args:
            dialects: How problems are written below a path, where that is not as RFC 9457 has it.
            observers: Called with every request that was answered, its status, and the seconds
                that it took.
            guards: What judges every request below a path, by the start of that path.
            hot: Endpoints by path and method. A path that ends in `/*` takes all below it.
            fallback: What every other request goes to.
        """
        self._exact = {path: methods for path, methods in hot.items() if not path.endswith("/*")}
        self._below = [(path[:-1], hot[path]) for path in hot if path.endswith("/*")]
        self._fallback = fallback
        self._admission = admission
        self._cors = cors
        self._dialects = tuple(dialects.items())
        self._observers = tuple(observers)
        self._guards = tuple(guards.items())
        self._reader = BodyReader(max_bytes=max_body_bytes)
        self._id_prefix = secrets.token_hex(6)
        self._id_numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand a lifespan on."""
        if scope["type"] != "http":
            await self._fallback(scope, receive, send)
            return
        started = monotonic() if self._observers else 0.0
        inlet = Inlet(receive)
        request = Request(scope, inlet, self._reader)
        request.id = self._request_id(request)
        headers = [*_ALWAYS, (b"x-request-id", request.id.encode()), *self._cors.headers(request)]
        relay = Relay(send, headers, is_head=request.method == "HEAD")
        try:
            await self._answer(request, scope, inlet, relay)
        finally:
            inlet.close()
            relay.close()
            for observe in self._observers:
                observe(request, relay.status, monotonic() - started)

    async def _answer(self, request: Request, scope: Scope, receive: Receive, relay: Relay) -> None:
        try:
            answer = await self._ask(request, scope, receive, relay)
        except Exception as error:
            if relay.has_started:
                # Nothing can be said any more: the server cuts the connection, so that half an
                # answer is not taken for a whole one.
                _log.error("request %s broke off", request.id, exc_info=error)
                raise
            answer = self._refusal(error, request)
        if answer is not None:
            await relay.answer(answer)

    async def _ask(
        self, request: Request, scope: Scope, receive: Receive, relay: Relay
    ) -> Answer | None:
        """Return the answer; None where the application behind has given it already."""
        self._admission.admit(request)
        for start, guard in self._guards:
            if request.path.startswith(start):
                guard(request)
        endpoint = self._find_endpoint(request)
        if endpoint is not None:
            return await endpoint(request)
        preflight = self._cors.preflight(request)
        if preflight is not None:
            return preflight
        await self._ask_fallback(request, scope, receive, relay)
        return None

    def _request_id(self, request: Request) -> str:
        given = request.fields.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode()
        return f"{self._id_prefix}-{next(self._id_numbers)}"

    def _find_endpoint(self, request: Request) -> Endpoint | None:
        methods = self._methods_at(request)
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = methods.get(method) or methods.get(ANY_METHOD)
        if endpoint is None and method not in KNOWN:
            raise UnknownMethod
        return endpoint

    def _methods_at(self, request: Request) -> Methods:
        methods = self._exact.get(request.path)
        if methods is not None:
            request.route = request.path
            return methods
        for start, methods in self._below:
            if request.path.startswith(start):
                request.route = f"{start}*"
                return methods
        return _NO_METHODS

    async def _ask_fallback(
        self, request: Request, scope: Scope, receive: Receive, relay: Relay
    ) -> None:
        if request.method == "HEAD":
            scope["method"] = "GET"
        try:
            await self._fallback(scope, receive, relay.send)
        finally:
            request.route = getattr(scope.get("route"), "path", "")
        if relay.held == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Internal
        if relay.held is not None:
            raise self._absent(request, scope)

    def _absent(self, request: Request, scope: Scope) -> Problem:
        """Return what is wrong: that the path is not there, or that it takes other methods."""
        allow = {*self._methods_at(request), *methods_of(self._fallback.routes, scope)}
        if "GET" in allow:
            allow.add("HEAD")
        return MethodNotAllowed(allow) if allow else NotFound("there is nothing at this path")

    def _refusal(self, error: Exception, request: Request) -> Answer:
        """Return what *error* is to the client, and log what is not the client's."""
        if not isinstance(error, Problem) or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request %s failed", request.id, exc_info=error)
            error = Internal()
        elif isinstance(error, StoreUnavailable):
            _log.error("request %s: %s", request.id, error.message)
        for start, write in self._dialects:
            if request.path.startswith(start):
                return write(error, request.id)
        return problem_answer(error, request.id)
