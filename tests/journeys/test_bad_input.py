"""Requests that are wrong: each gets its own clear refusal, and nothing is changed by any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.journeys.asking import JSON, Answer
from tests.journeys.installation import (
    EMAIL,
    OTHER_EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    Installation,
    Server,
)

LOGIN = {"type": "password", "email": EMAIL, "password": PASSWORD}
LOGIN_BODY = json.dumps(LOGIN).encode()
WRONG = {**LOGIN, "password": "wrong horse"}


@dataclass(frozen=True)
class Bad:
    """A request and the refusal that it deserves."""

    name: str
    status: int
    code: str
    method: str = "POST"
    path: str = "/v1/sessions"
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: What the refusal has to name.
    naming: str = ""

    def send(self, server: Server) -> Answer:
        return server.ask(self.method, self.path, self.body, headers=self.headers)


def body(name: str, content: object, *, naming: str = "", status: int = 400) -> Bad:
    code = {400: "invalid_request", 413: "payload_too_large", 401: "invalid_credentials"}[status]
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Bad(name, status, code, body=content, headers=JSON, naming=naming)


def typed(name: str, headers: Mapping[str, str]) -> Bad:
    return Bad(name, 415, "unsupported_media_type", body=LOGIN_BODY, headers=headers)


def keyed(method: str, path: str) -> Bad:
    headers = {"X-API-Key": "pk_" + "a" * 43}
    return Bad(f"key on {method} {path}", 401, "invalid_api_key", method, path, None, headers)


def nested(levels: int) -> bytes:
    return b'{"type": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


TABLE = [
    body("wrong password", WRONG, status=401),
    body("unknown e-mail", {**LOGIN, "email": "nobody@example.com"}, status=401),
    body("empty password", {**LOGIN, "password": ""}, status=401),
    body("password too long", {**LOGIN, "password": "x" * 2000}, status=401),
    body("NUL in the password", {**LOGIN, "password": "secret123\0"}, status=401),
    body("unknown member", {**LOGIN, "colour": "red"}, naming="colour"),
    body("unknown member within", {**LOGIN, "device": {"size": 1}}, naming="size"),
    body("doubled member", LOGIN_BODY[:-1] + b', "email": "x@example.com"}', naming="email"),
    body("member missing", {"type": "password", "email": EMAIL}, naming="password"),
    body("password a number", {**LOGIN, "password": 123}, naming="password"),
    body("password null", {**LOGIN, "password": None}, naming="password"),
    body("unknown type", {**LOGIN, "type": "magic"}, naming="type"),
    body("empty body", b""),
    body("array", [LOGIN]),
    body("null", None),
    body("string", "secret123"),
    body("half a body", LOGIN_BODY[:-1]),
    body("two bodies", LOGIN_BODY + LOGIN_BODY),
    body("NaN", b'{"type": NaN}'),
    body("byte-order mark", b"\xef\xbb\xbf" + LOGIN_BODY),
    body("UTF-16", LOGIN_BODY.decode().encode("utf-16")),
    body("broken UTF-8", LOGIN_BODY.replace(b"John", b"").replace(b"secret", b"secr\xff")),
    body("lone surrogate", b'{"type": "password", "email": "\\ud800@b.c", "password": "x"}'),
    body("nested 21 deep", nested(21)),
    body("nested 30000 deep", nested(30_000)),
    body("a digit 60000 times", b'{"type": ' + b"1" * 60_000 + b"}"),
    body("huge", {**LOGIN, "password": "x" * 70_000}, status=413),
    typed("no content type", {}),
    typed("plain text", {"Content-Type": "text/plain"}),
    typed("form", {"Content-Type": "application/x-www-form-urlencoded"}),
    typed("nearly JSON", {"Content-Type": "application/jsonp"}),
    typed("compressed", JSON | {"Content-Encoding": "gzip"}),
    Bad("no body", 400, "invalid_request", headers=JSON),
    Bad("PUT", 405, "method_not_allowed", "PUT", body=LOGIN),
    Bad("GET of validate", 405, "method_not_allowed", "GET", "/v1/sessions/validate"),
    Bad("DELETE of the guard", 405, "method_not_allowed", "DELETE", "/v1/session"),
    Bad("POST to the keys", 405, "method_not_allowed", path="/.well-known/jwks.json", body={}),
    Bad("unknown path", 404, "not_found", "GET", "/v1/nothing"),
    Bad("line feed behind the path", 404, "not_found", "GET", "/healthz%0a"),
    Bad("line feed behind a change", 404, "not_found", body=LOGIN, path="/v1/sessions%0A"),
    Bad("escaped separator", 404, "not_found", body=LOGIN, path="/v1%2fsessions"),
    Bad(
        "ip that is none",
        400,
        "invalid_request",
        path="/v1/sessions/validate",
        body={"sessionToken": "x", "ip": "nonsense"},
        naming="ip",
    ),
    Bad("path below", 404, "not_found", "GET", "/v1/session/x"),
    Bad("trailing slash", 404, "not_found", body=LOGIN, path="/v1/sessions/"),
    Bad("empty segment", 404, "not_found", body=LOGIN, path="//v1/sessions"),
    Bad("not yet", 404, "not_found", "GET", "/.well-known/openid-configuration"),
    Bad("wrong Host", 421, "misdirected_request", body=LOGIN, headers={"Host": "evil.example"}),
    Bad("Host alike", 421, "misdirected_request", body=LOGIN, headers={"Host": "localhost.evil"}),
    Bad("long target", 414, "uri_too_long", "GET", "/v1/session?" + "x" * 9000),
    Bad("access_token in query", 400, "invalid_request", "GET", "/v1/session?access_token=x"),
    Bad("token in query", 400, "invalid_request", "GET", "/v1/session?token=x"),
    Bad("sessionToken in query", 400, "invalid_request", "GET", "/v1/sessions?sessionToken=x"),
    keyed("POST", "/v1/sessions"),
    keyed("POST", "/v1/sessions/validate"),
    keyed("POST", "/v1/sessions/refresh"),
    keyed("GET", "/v1/session"),
    keyed("GET", "/.well-known/jwks.json"),
    Bad(
        "key as bearer",
        401,
        "invalid_api_key",
        "GET",
        "/v1/session",
        headers={"Authorization": "Bearer pk_" + "a" * 43},
    ),
]


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_bad_request_is_refused(shared: Installation, server: Server, bad: Bad) -> None:
    """Status and code are the ones for this fault, nothing is revealed, and nothing changes."""
    before = shared.state()

    answer = bad.send(server)

    assert (bad.status, bad.code) == answer.problem()[:2]
    assert bad.naming in answer.body.decode()
    assert answer.revealing(PASSWORD, "wrong horse") == []
    assert before == shared.state()
    if bad.status == 401:
        assert answer.header("WWW-Authenticate") == "Bearer"
    if bad.status == 405:
        assert bad.method not in (answer.header("Allow") or bad.method)


def test_unknown_email_and_wrong_password_get_one_body(server: Server) -> None:
    """Nobody learns from a refused login whether there is such a user."""
    unknown = server.ask("POST", "/v1/sessions", {**LOGIN, "email": "nobody@example.com"})
    wrong = server.ask("POST", "/v1/sessions", WRONG)

    assert without_request_id(unknown) == without_request_id(wrong)
    assert {name for name, _ in unknown.headers} == {name for name, _ in wrong.headers}


def without_request_id(answer: Answer) -> Any:
    return {name: value for name, value in answer.json().items() if name != "requestId"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_takes_any_host_and_ignores_a_key(server: Server, path: str) -> None:
    """A prober that knows neither the name nor a good key still learns that the server lives."""
    answer = server.ask("GET", path, headers={"Host": "10.0.0.7", "X-API-Key": "pk_wrong"})

    assert answer.status == 200


def test_others_sessions_are_not_found(shared: Installation, server: Server) -> None:
    """Another user's session, an unknown one and a malformed id are all the same 404."""
    mine = server.login(EMAIL, PASSWORD)["sessionToken"]
    theirs = server.login(OTHER_EMAIL, OTHER_PASSWORD)
    ids = [theirs["sessionId"], "sess_00000000000000000000000000", "sess_x", "x"]
    before = shared.state()

    deleted = [server.ask("DELETE", f"/v1/sessions/{name}", token=mine) for name in ids]
    revoked = [
        server.ask("POST", "/v1/sessions/revoke", selector, token=mine)
        for selector in [{"sessionId": name} for name in ids] + [{"deviceId": theirs["deviceId"]}]
    ]

    assert {(404, "not_found", None)} == {answer.problem() for answer in deleted + revoked}
    assert len({json.dumps(without_request_id(answer)) for answer in deleted}) == 1
    assert before == shared.state()


@pytest.mark.parametrize(
    "selector",
    [{"all": True, "others": True}, {"all": False}, {"others": False}, {"sessionId": 1}, {"x": 1}],
    ids=str,
)
def test_revoke_refuses_what_is_no_one_selector(
    shared: Installation, server: Server, selector: object
) -> None:
    """Two selectors, or one that says false, end nothing."""
    mine = server.login(EMAIL, PASSWORD)["sessionToken"]
    before = shared.state()

    answer = server.ask("POST", "/v1/sessions/revoke", selector, token=mine)

    assert answer.problem() == (400, "invalid_request", None)
    assert before == shared.state()


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"[]", JSON, 400, "invalid_request"),
        (b'{"all": true, "all": true}', JSON, 400, "invalid_request"),
        (b'{"all": true}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_revoke_refuses_a_body_that_it_cannot_read(
    shared: Installation,
    server: Server,
    content: bytes,
    headers: Mapping[str, str],
    status: int,
    code: str,
) -> None:
    """A body that no page's form could send is needed to end sessions, and it must be one."""
    mine = server.login(EMAIL, PASSWORD)["sessionToken"]
    before = shared.state()

    answer = server.ask("POST", "/v1/sessions/revoke", content, token=mine, headers=headers)

    assert answer.problem() == (status, code, None)
    assert before == shared.state()
