"""Who reaches the paths of a server for development: programs of this machine, and no page."""

from __future__ import annotations

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.server.answer import Header
from protekt_cli.server.app import create_app
from tests.server.talking import HOST, JSON, ask

OWN = b"http://127.0.0.1:8787"

LET_IN: dict[str, tuple[Header, ...]] = {
    "a program": (),
    "a page of its own": ((b"origin", OWN),),
    "a page of its own without an origin": ((b"sec-fetch-site", b"same-origin"),),
    "both": ((b"origin", OWN), (b"sec-fetch-site", b"same-origin")),
}
KEPT_OUT: dict[str, tuple[Header, ...]] = {
    "X-Forwarded-For": ((b"x-forwarded-for", b"127.0.0.1"),),
    "X-Forwarded-Host": ((b"x-forwarded-host", b"127.0.0.1"),),
    "X-Forwarded-Anything": ((b"x-forwarded-anything", b""),),
    "Forwarded": ((b"forwarded", b"for=127.0.0.1"),),
    "Forwarded from its own page": ((b"forwarded", b"for=127.0.0.1"), (b"origin", OWN)),
    "another site": ((b"origin", b"https://evil.example"),),
    "another port": ((b"origin", b"http://127.0.0.1:8788"),),
    "another scheme": ((b"origin", b"https://127.0.0.1:8787"),),
    "another spelling": ((b"origin", b"http://localhost:8787"),),
    "a longer name": ((b"origin", OWN + b".evil.example"),),
    "no origin to name": ((b"origin", b"null"),),
    "two origins": ((b"origin", OWN), (b"origin", OWN)),
    "an empty origin": ((b"origin", b""),),
    "another site without an origin": ((b"sec-fetch-site", b"cross-site"),),
    "a sister site": ((b"sec-fetch-site", b"same-site"),),
    "typed by hand": ((b"sec-fetch-site", b"none"),),
    "another site that says it is none": (
        (b"origin", b"https://evil.example"),
        (b"sec-fetch-site", b"same-origin"),
    ),
}
REQUESTS = (("GET", "/dev/clock"), ("POST", "/dev/clock"), ("POST", "/dev/reset"))


@pytest.mark.parametrize("name", LET_IN)
def test_program_and_own_page_are_let_in(engine: Engine, name: str) -> None:
    """Whoever is no browser, and the page that the server itself would have sent, may ask."""
    app = create_app(engine, is_dev=True)

    answered = ask(app, "GET", "/dev/clock", headers=LET_IN[name], client="127.0.0.1")

    assert (answered.status, answered.json()) == (200, {"now": engine.store.now().seconds})


@pytest.mark.parametrize(("method", "path"), [*REQUESTS, ("GET", "/dev/nothing")])
@pytest.mark.parametrize("name", KEPT_OUT)
def test_proxy_and_page_of_others_are_kept_out(
    engine: Engine, name: str, method: str, path: str
) -> None:
    """What a proxy passed on, or a page of another origin sent, is refused before it is read."""
    app = create_app(engine, is_dev=True)

    answered = ask(
        app,
        method,
        path,
        headers=(*KEPT_OUT[name], (b"content-type", b"text/plain")),
        body=b"no JSON" if method == "POST" else b"",
        client="127.0.0.1",
    )

    assert (answered.status, answered.code()) == (403, "forbidden")


@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::7", "10.0.0.1", "169.254.0.1"])
def test_other_machine_is_kept_out(engine: Engine, client: str) -> None:
    """Should a request come from elsewhere after all, it is refused."""
    app = create_app(engine, is_dev=True)

    answered = ask(app, "POST", "/dev/reset", client=client)

    assert (answered.status, answered.code()) == (403, "forbidden")


def test_name_of_others_is_misdirected(engine: Engine) -> None:
    """A name that was rebound to this machine does not reach the clock either."""
    app = create_app(engine, is_dev=True)

    answered = ask(app, "GET", "/dev/clock", host=((b"host", b"evil.example"),), client="127.0.0.1")

    assert answered.status == 421


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_paths_are_absent_without_dev(engine: Engine, method: str, path: str) -> None:
    """A server that is not for development has no such path, whoever asks."""
    answered = ask(create_app(engine), method, path, client="127.0.0.1")

    assert (answered.status, answered.code()) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"advance": null}',
        b'{"advance": "soon"}',
        b'{"advance": "-1s"}',
        b'{"advance": -1}',
        b'{"advance": 1.5}',
        b'{"advance": true}',
        b'{"real": false}',
        b'{"real": true, "advance": "1s"}',
        b'{"advance": "1s", "to": 5}',
        b"[]",
        b"",
    ],
)
def test_move_that_means_nothing_is_refused(engine: Engine, body: bytes) -> None:
    """A clock is moved by a duration or back to real time, and by nothing else."""
    app = create_app(engine, is_dev=True)

    answered = ask(app, "POST", "/dev/clock", headers=(JSON,), body=body, client="127.0.0.1")

    assert (answered.status, answered.code()) == (400, "invalid_request")


def test_other_method_is_said_to_be_wrong(engine: Engine) -> None:
    """The paths say which methods they take, as every other does."""
    app = create_app(engine, is_dev=True)

    answered = ask(app, "DELETE", "/dev/clock", host=(HOST,), client="127.0.0.1")

    assert (answered.status, answered.header(b"allow")) == (405, b"GET, HEAD, POST")
