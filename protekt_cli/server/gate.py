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
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.applications import Starlette

from protekt_cli.errors import InvalidApiKey, NotFound, Problem, StoreUnavailable
from protekt_cli.server.answer import Answer, Header, Receive, Scope, Send
from protekt_cli.server.body import BodyReader
from protekt_cli.server.hosts import Hosts
from protekt_cli.server.methods import KNOWN, methods_of
from protekt_cli.server.problems import (
    Internal,
    MethodNotAllowed,
    UnknownMethod,
    UriTooLong,
    problem_answer,
)
from protekt_cli.server.relay import Relay
from protekt_cli.server.request import Endpoint, Request

#: In place of a method: the endpoint takes them all.
ANY_METHOD = "*"

Methods = Mapping[str, Endpoint]
#: Refuses requests that the paths behind it are not for, before anything of them is read.
Guard = Callable[[Request], None]

_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_FORWARD_AUTH = "/v1/forward-auth"
_MAX_TARGET_BYTES = 8192
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
# The server behind adds its own name where there is none.
_ALWAYS: tuple[Header, ...] = ((b"server", b"protekt"), (b"x-content-type-options", b"nosniff"))
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_NO_METHODS: Methods = {}

_log = logging.getLogger("protekt")


class Gate:
    """The ASGI application that the server runs."""

    def __init__(
        self,
        *,
        hot: Mapping[str, Methods],
        fallback: Starlette,
        public_url: str,
        allowed_hosts: Iterable[str],
        max_body_bytes: int,
        guards: Mapping[str, Guard] = MappingProxyType({}),
    ) -> None:
        """Put the gate before *fallback*.

        Args:
            guards: What judges every request below a path, by the start of that path.
            hot: Endpoints by path and method. A path that ends in `/*` takes all below it.
            fallback: What every other request goes to.
        """
        self._exact = {path: methods for path, methods in hot.items() if not path.endswith("/*")}
        self._below = [(path[:-1], hot[path]) for path in hot if path.endswith("/*")]
        self._fallback = fallback
        self._hosts = Hosts(public_url=public_url, allowed_hosts=allowed_hosts)
        self._guards = tuple(guards.items())
        self._reader = BodyReader(max_bytes=max_body_bytes)
        self._id_prefix = secrets.token_hex(6)
        self._id_numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand a lifespan on."""
        if scope["type"] != "http":
            await self._fallback(scope, receive, send)
            return
        request = Request(scope, receive, self._reader)
        request.id = self._request_id(request)
        headers = [*_ALWAYS, (b"x-request-id", request.id.encode())]
        relay = Relay(send, headers, is_head=request.method == "HEAD")
        try:
            _admit(request, self._hosts)
            for start, guard in self._guards:
                if request.path.startswith(start):
                    guard(request)
            endpoint = self._find_endpoint(request)
            if endpoint is None:
                await self._ask_fallback(request, scope, receive, relay)
                return
            answer = await endpoint(request)
        except Exception as error:
            if relay.has_started:
                # Nothing can be said any more: the server cuts the connection, so that half an
                # answer is not taken for a whole one.
                _log.error("request %s broke off", request.id, exc_info=error)
                raise
            answer = _refusal(error, request)
        await _send_answer(answer, headers, send, is_head=request.method == "HEAD")

    def _request_id(self, request: Request) -> str:
        given = request.fields.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode()
        return f"{self._id_prefix}-{next(self._id_numbers)}"

    def _find_endpoint(self, request: Request) -> Endpoint | None:
        methods = self._methods_at(request.path)
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = methods.get(method) or methods.get(ANY_METHOD)
        if endpoint is None and method not in KNOWN:
            raise UnknownMethod
        return endpoint

    def _methods_at(self, path: str) -> Methods:
        methods = self._exact.get(path)
        if methods is not None:
            return methods
        for start, methods in self._below:
            if path.startswith(start):
                return methods
        return _NO_METHODS

    async def _ask_fallback(
        self, request: Request, scope: Scope, receive: Receive, relay: Relay
    ) -> None:
        if request.method == "HEAD":
            scope["method"] = "GET"
        await self._fallback(scope, receive, relay.send)
        if relay.held == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Internal
        if relay.held is not None:
            raise self._absent(request, scope)

    def _absent(self, request: Request, scope: Scope) -> Problem:
        """Return what is wrong: that the path is not there, or that it takes other methods."""
        allow = {*self._methods_at(request.path), *methods_of(self._fallback.routes, scope)}
        if "GET" in allow:
            allow.add("HEAD")
        return MethodNotAllowed(allow) if allow else NotFound("there is nothing at this path")


def _admit(request: Request, hosts: Hosts) -> None:
    """Refuse what no path takes. Too long a header block never gets here: the server's is 431."""
    if request.target_bytes > _MAX_TARGET_BYTES:
        raise UriTooLong(_MAX_TARGET_BYTES)
    path = request.path
    is_probe = path in _PROBES
    is_forward_auth = path == _FORWARD_AUTH or path.startswith(f"{_FORWARD_AUTH}/")
    hosts.check(request, any_name=is_probe or is_forward_auth)
    if request.has_odd_path and not is_forward_auth:
        raise NotFound("there is nothing at this path")
    if is_probe:
        return
    if not is_forward_auth:
        request.refuse_stray_credentials()
    # There is no API key yet, so none that is presented can be a good one.
    if request.api_key() is not None:
        raise InvalidApiKey("this API key is not known here")


def _refusal(error: Exception, request: Request) -> Answer:
    """Return the problem that *error* is to the client, and log what is not the client's."""
    if not isinstance(error, Problem) or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s failed", request.id, exc_info=error)
        return problem_answer(Internal(), request.id)
    if isinstance(error, StoreUnavailable):
        _log.error("request %s: %s", request.id, error.message)
    return problem_answer(error, request.id)


async def _send_answer(answer: Answer, headers: list[Header], send: Send, *, is_head: bool) -> None:
    headers += answer.headers
    if answer.status not in _NO_BODY:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
