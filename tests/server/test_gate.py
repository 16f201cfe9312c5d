"""The gate: what holds for every request, whichever path it is for."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, StreamingResponse

from protekt_cli.config import Settings
from protekt_cli.config.serving import Server
from protekt_cli.errors import Conflict, Failed, InvalidToken, Reason, StoreUnavailable
from protekt_cli.server.admission import Admission
from protekt_cli.server.answer import Answer, Header, Message
from protekt_cli.server.cors import Cors
from protekt_cli.server.gate import Gate
from protekt_cli.server.request import Request
from tests.server.talking import JSON, ask, scope_of, sending

SECRET = "what the traceback says"


async def echo(request: Request) -> Answer:
    return Answer.json(200, {"body": await request.json(), "method": request.method})


async def nothing(request: Request) -> Answer:
    return Answer(204)


async def refuse(request: Request) -> Answer:
    raise InvalidToken(Reason.MALFORMED)


async def break_down(request: Request) -> Answer:
    raise RuntimeError(SECRET)


async def stay_away(request: Request) -> Answer:
    raise StoreUnavailable(SECRET)


def behind() -> FastAPI:
    """An application such as stands behind the gate, with routes of both kinds."""
    app = FastAPI(redirect_slashes=False)
    more = APIRouter(prefix="/cool")

    @app.get("/cool")
    def cool() -> dict[str, bool]:
        return {"cool": True}

    @app.post("/cool")
    async def post_cool(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"body": await Request.of(request.scope).json()})

    @app.get("/hot")
    def documented() -> None:
        """Never called: the hot one is found first."""

    @app.get("/conflict")
    def conflict() -> None:
        raise Conflict("it is there already")

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError(SECRET)

    @app.get("/said")
    def said() -> JSONResponse:
        return JSONResponse({"detail": SECRET}, 500)

    @app.get("/failed")
    def failed() -> None:
        raise Failed(SECRET)

    @app.get("/half")
    def half() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError(SECRET)

        return StreamingResponse(parts())

    @more.put("/{name}")
    def put(name: str) -> None:
        """Only so that the path has a method in an included router."""

    @more.delete("/{name}")
    def delete(name: str) -> None:
        """And another one."""

    app.include_router(more)
    return app


def gate(*, public_url: str = "", allowed_hosts: Iterable[str] = ()) -> Gate:
    return Gate(
        hot={
            "/hot": {"GET": echo, "POST": echo},
            "/refuse": {"GET": refuse},
            "/broken": {"GET": break_down},
            "/away": {"GET": stay_away},
            "/healthz": {"GET": nothing},
            "/v1/forward-auth": {"*": echo},
            "/v1/forward-auth/*": {"*": echo},
        },
        fallback=behind(),
        admission=Admission(
            Settings(server=Server(public_url=public_url, allowed_hosts=tuple(allowed_hosts))),
            lambda presented: None,
        ),
        cors=Cors(()),
        max_body_bytes=1000,
    )


def host(name: bytes) -> list[Header]:
    return [(b"host", name)]


def test_hot_endpoint_answers() -> None:
    """A hot path is found by path and method, and reads its body."""
    answered = ask(gate(), "POST", "/hot", headers=[JSON], body=b'{"a":1}')

    assert answered.status == 200
    assert answered.json() == {"body": {"a": 1}, "method": "POST"}


def test_other_paths_go_to_the_fallback() -> None:
    """What is not hot is the application's."""
    assert ask(gate(), "GET", "/cool").json() == {"cool": True}


def test_fallback_reads_bodies_with_the_same_reader() -> None:
    """A handler of the application finds the gate's request, limits and all."""
    answered = ask(gate(), "POST", "/cool", headers=[JSON], body=b'{"a":1,"a":2}')

    assert answered.code() == "invalid_request"


@pytest.mark.parametrize("path", ["/hot", "/cool", "/refuse", "/broken", "/nowhere", "/bug"])
def test_every_answer_carries_the_common_headers(path: str) -> None:
    """Whoever answers, nobody's product is named and no type is guessed."""
    answered = ask(gate(), "GET", path)

    assert answered.header(b"server") == b"protekt"
    assert answered.header(b"x-content-type-options") == b"nosniff"
    assert re.fullmatch(rb"[A-Za-z0-9_-]{1,64}", answered.header(b"x-request-id") or b"")


@pytest.mark.parametrize("path", ["/hot", "/cool", "/nowhere"])
def test_request_id_is_echoed(path: str) -> None:
    """A client's own id comes back, so that both logs name the same request."""
    answered = ask(gate(), "GET", path, headers=[(b"x-request-id", b"Trace_1-2")])

    assert answered.header(b"x-request-id") == b"Trace_1-2"


@pytest.mark.parametrize("given", [b"", b"a" * 65, b"a b", b"\xe9", b"a\n"])
def test_impossible_request_id_is_replaced(given: bytes) -> None:
    """What could break a log line is not repeated."""
    app = gate()

    first = ask(app, "GET", "/hot", headers=[(b"x-request-id", given)])
    second = ask(app, "GET", "/hot")

    assert first.header(b"x-request-id") not in (given, second.header(b"x-request-id"))


def test_problem_carries_the_request_id() -> None:
    """The document names the request as the header does."""
    answered = ask(gate(), "GET", "/refuse", headers=[(b"x-request-id", b"abc")])

    assert answered.json()["requestId"] == "abc"


def test_problem_of_an_endpoint_is_written_down() -> None:
    """An endpoint only raises."""
    answered = ask(gate(), "GET", "/refuse")

    assert answered.status == 401
    assert answered.code() == "invalid_token"


def test_problem_of_the_fallback_is_written_down() -> None:
    """A handler of the application only raises, too."""
    answered = ask(gate(), "GET", "/conflict")

    assert answered.status == 409
    assert answered.code() == "conflict"


@pytest.mark.parametrize("path", ["/broken", "/bug", "/failed"])
def test_bug_is_logged_and_kept_from_the_client(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback goes to the log under the request's id, and nowhere else."""
    answered = ask(gate(), "GET", path, headers=[(b"x-request-id", b"abc")])

    assert answered.status == 500
    assert answered.code() == "failed"
    assert SECRET.encode() not in answered.body
    [record] = [record for record in caplog.records if record.name == "protekt"]
    assert record.levelno == logging.ERROR
    assert "abc" in record.getMessage()
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


def test_server_error_of_the_fallback_is_rewritten() -> None:
    """Also one that it did not raise: a 500 is never an application's to explain."""
    answered = ask(gate(), "GET", "/said")

    assert answered.code() == "failed"
    assert SECRET.encode() not in answered.body


def test_unavailable_store_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong with the store stands in the log, a traceback does not."""
    answered = ask(gate(), "GET", "/away")

    assert answered.status == 503
    [record] = caplog.records
    assert SECRET in record.getMessage()
    assert record.exc_info is None


def test_answer_that_breaks_off_is_never_ended() -> None:
    """Half an answer must not look whole: the server cuts the connection."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError, match=SECRET):
        asyncio.run(gate()(scope_of("GET", "/half"), sending(b""), send))

    assert [message.get("more_body") for message in sent[1:]] == [True]


def test_unknown_path_is_not_found() -> None:
    """The framework's own page is replaced by a problem."""
    answered = ask(gate(), "GET", "/nowhere")

    assert answered.status == 404
    assert answered.code() == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/hot", b"GET, HEAD, POST"),
        ("POST", "/refuse", b"GET, HEAD"),
        ("DELETE", "/cool", b"GET, HEAD, POST"),
        ("GET", "/cool/x", b"DELETE, PUT"),
        ("HEAD", "/cool/x", b"DELETE, PUT"),
        ("OPTIONS", "/cool", b"GET, HEAD, POST"),
    ],
)
def test_wrong_method_lists_all_that_are_right(method: str, path: str, allow: bytes) -> None:
    """Hot endpoints and all routes of the path are counted together."""
    answered = ask(gate(), method, path)

    assert answered.status == 405
    assert answered.header(b"allow") == allow


@pytest.mark.parametrize("path", ["/hot", "/cool", "/nowhere"])
@pytest.mark.parametrize("method", ["BREW", "TRACE", "get"])
def test_unknown_method_is_not_implemented(method: str, path: str) -> None:
    """A method that no path takes is refused before any is looked at."""
    assert ask(gate(), method, path).status == 501


@pytest.mark.parametrize("method", ["GET", "PUT", "BREW"])
@pytest.mark.parametrize("path", ["/v1/forward-auth", "/v1/forward-auth/any/path"])
def test_path_for_any_method_takes_them_all(method: str, path: str) -> None:
    """Forward-auth is asked with the method of the original request."""
    assert ask(gate(), method, path).json()["method"] == method


@pytest.mark.parametrize("path", ["/refuse", "/healthz", "/cool", "/conflict"])
def test_head_is_get_without_a_body(path: str) -> None:
    """Status and headers are those of GET, the length too."""
    head = ask(gate(), "HEAD", path, headers=[(b"x-request-id", b"a")])
    got = ask(gate(), "GET", path, headers=[(b"x-request-id", b"a")])

    assert head.body == b""
    assert (head.status, head.headers) == (got.status, got.headers)


def test_answer_without_content_has_no_length() -> None:
    """RFC 9110, 8.6: no Content-Length with 204."""
    assert ask(gate(), "GET", "/healthz").header(b"content-length") is None


@pytest.mark.parametrize(
    "hosts", [[], host(b""), [*host(b"localhost"), *host(b"localhost")]], ids=["no", "empty", "two"]
)
@pytest.mark.parametrize("path", ["/hot", "/healthz"])
def test_request_needs_one_host(hosts: list[Header], path: str) -> None:
    """RFC 9112, 3.2, on every path."""
    answered = ask(gate(), "GET", path, host=hosts)

    assert answered.status == 400
    assert answered.code() == "invalid_request"


@pytest.mark.parametrize(
    "name",
    [
        b"127.0.0.1",
        b"localhost:8787",
        b"LOCALHOST:80",
        b"localhost:",
        b"[::1]",
        b"[::1]:8787",
        b"auth.example.com",
        b"Other.Example:8443",
    ],
)
def test_own_names_are_served(name: bytes) -> None:
    """Loopback, the public URL's host and the allowed ones; port and case do not matter."""
    app = gate(public_url="https://Auth.example.com:444/", allowed_hosts=["other.example"])

    assert ask(app, "GET", "/hot", host=host(name)).status == 200


@pytest.mark.parametrize(
    "name",
    [
        b"evil.example",
        b"localhost.evil.example",
        b"evil.example:8787",
        b"127.0.0.2",
        b"::1",
        b"localhost@evil.example",
        b"localhost:80:80",
        b"\xff",
    ],
)
def test_other_names_are_misdirected(name: bytes) -> None:
    """A name that somebody pointed here (DNS rebinding) gets nothing."""
    answered = ask(gate(), "GET", "/hot", host=host(name))

    assert answered.status == 421
    assert answered.code() == "misdirected_request"


@pytest.mark.parametrize("path", ["/healthz", "/v1/forward-auth", "/v1/forward-auth/x"])
def test_probes_and_forward_auth_take_any_host(path: str) -> None:
    """They are asked by machines, under whatever name the machine has."""
    assert ask(gate(), "GET", path, host=host(b"evil.example")).status < 300


@pytest.mark.parametrize("path", ["/healthz/x", "/v1/forward-authx"])
def test_paths_that_only_look_alike_do_not_take_any_host(path: str) -> None:
    """The exception is for those paths alone."""
    assert ask(gate(), "GET", path, host=host(b"evil.example")).status == 421


def test_target_of_eight_kibibytes_passes() -> None:
    """The limit itself is allowed, path and query counted."""
    assert ask(gate(), "GET", "/hot?" + "a" * (8192 - 5)).status == 200


def test_longer_target_is_refused() -> None:
    """One byte more is too long."""
    answered = ask(gate(), "GET", "/hot?" + "a" * (8192 - 4))

    assert answered.status == 414
    assert answered.code() == "uri_too_long"


@pytest.mark.parametrize("path", ["/hot", "/cool", "/nowhere"])
@pytest.mark.parametrize(
    "header", [(b"x-api-key", b"pk_x"), (b"x-api-key", b""), (b"authorization", b"bearer pk_x")]
)
def test_unknown_api_key_is_refused_everywhere(path: str, header: Header) -> None:
    """A program with a bad key is told so, also where it needs none."""
    answered = ask(gate(), "GET", path, headers=[header])

    assert answered.status == 401
    assert answered.code() == "invalid_api_key"


def test_probe_does_not_look_at_api_keys() -> None:
    """A probe answers whoever asks."""
    assert ask(gate(), "GET", "/healthz", headers=[(b"x-api-key", b"pk_x")]).status == 204


@pytest.mark.parametrize("path", ["/hot", "/cool"])
def test_token_in_the_query_is_refused(path: str) -> None:
    """Logs on the way keep query strings."""
    assert ask(gate(), "GET", f"{path}?access_token=x").code() == "invalid_request"


@pytest.mark.parametrize("path", ["/hot", "/cool"])
def test_two_credentials_are_refused(path: str) -> None:
    """Two Authorization headers are no credential but a mistake, or an attack."""
    twice = [(b"authorization", b"Bearer a")] * 2

    assert ask(gate(), "GET", path, headers=twice).code() == "invalid_request"


def test_forward_auth_ignores_the_query() -> None:
    """The query is the original request's, not the caller's."""
    assert ask(gate(), "GET", "/v1/forward-auth?token=x").status == 200


def test_large_body_is_refused() -> None:
    """The gate's limit holds for its endpoints."""
    body = json.dumps({"a": "x" * 1000}).encode()

    assert ask(gate(), "POST", "/hot", headers=[JSON], body=body).code() == "payload_too_large"


def test_lifespan_is_the_fallbacks() -> None:
    """Start-up and shutdown reach the application behind."""
    heard: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        heard.append("startup")
        yield
        heard.append("shutdown")

    app = Gate(
        hot={},
        fallback=FastAPI(lifespan=lifespan),
        admission=Admission(Settings(), lambda presented: None),
        cors=Cors(()),
        max_body_bytes=1,
    )
    events: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return events.pop(0)

    async def send(message: Message) -> None:
        heard.append(message["type"])

    asyncio.run(app({"type": "lifespan", "state": {}}, receive, send))

    assert heard == [
        "startup",
        "lifespan.startup.complete",
        "shutdown",
        "lifespan.shutdown.complete",
    ]
