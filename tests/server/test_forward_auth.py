"""Forward-auth: a proxy asks whose a request is, and hears three headers or 401."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import renewal
from protekt_cli.models import Caller, Grant
from protekt_cli.server.answer import Header
from protekt_cli.store import sessions as session_table
from tests.conftest import HandClock, HoldLock
from tests.server.talking import Answered

if TYPE_CHECKING:
    from tests.server.application import Application

Start = Callable[..., "Application"]

PATH = "/v1/forward-auth"
ALICE = "alice@example.com"


@pytest.fixture
def application(start: Start) -> Application:
    """A started application with one user."""
    application = start()
    application.add_user(ALICE)
    return application


def bearer(token: str) -> Header:
    return (b"authorization", f"Bearer {token}".encode())


def cookie(text: str) -> Header:
    return (b"cookie", text.encode())


def whose(answer: Answered) -> tuple[int, bytes | None, bytes | None, bytes | None]:
    """Return the status and the three headers."""
    user, email, session = (
        answer.header(f"x-auth-{name}".encode()) for name in ("user-id", "user-email", "session-id")
    )
    return answer.status, user, email, session


def good(grant: Grant) -> tuple[int, bytes, bytes, bytes]:
    return (200, grant.user.id.encode(), grant.user.email.encode(), grant.session.id.encode())


def test_live_session_is_let_through(application: Application) -> None:
    """The proxy hears whose it is in three headers, and nothing else; nobody keeps it."""
    grant = application.log_in(ALICE)

    answer = application.ask("GET", PATH, bearer=grant.access_token)

    assert good(grant) == whose(answer)
    assert (b"", b"no-store") == (answer.body, answer.header(b"cache-control"))


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", PATH),
        ("HEAD", PATH),
        ("OPTIONS", PATH),
        ("PROPFIND", f"{PATH}/dav"),
        ("DELETE", f"{PATH}/a/b/c"),
        ("GET", f"{PATH}/"),
        ("GET", f"{PATH}//etc/../x"),
        ("PUT", f"{PATH}/a%2fb%00"),
        ("GET", f"{PATH}?access_token=x&token=y"),
    ],
)
def test_method_path_and_query_are_the_apps(
    application: Application, method: str, target: str
) -> None:
    """Envoy keeps them, and whatever they are is for the app to judge."""
    grant = application.log_in(ALICE)

    assert good(grant) == whose(application.ask(method, target, bearer=grant.access_token))
    assert 401 == application.ask(method, target).status


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-type", b"application/json"), (b"content-length", b"9999999")],
        [(b"content-type", b"text/plain"), (b"content-encoding", b"gzip")],
        [(b"transfer-encoding", b"chunked")],
    ],
)
def test_body_is_the_apps(application: Application, headers: list[Header]) -> None:
    """It is not read, however long or strange."""
    grant = application.log_in(ALICE)

    answer = application.ask("POST", PATH, headers=[*headers, bearer(grant.access_token)])

    assert good(grant) == whose(answer)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"origin", b"https://elsewhere.example"), (b"sec-fetch-site", b"cross-site")],
        [(b"origin", b"https://a.example"), (b"access-control-request-method", b"PUT")],
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_cookie_needs_no_origin(
    application: Application, method: str, headers: list[Header]
) -> None:
    """The page that asks is the app's, which knows its own."""
    grant = application.log_in(ALICE)

    answer = application.ask(
        method, PATH, headers=[cookie(f"session_token={grant.access_token}"), *headers]
    )

    assert good(grant) == whose(answer)


def test_bearer_wins_over_the_cookie(application: Application) -> None:
    """Also where it is refused; another scheme is no credential, and the cookie counts."""
    grant, other = application.log_in(ALICE), application.log_in(ALICE)
    own = cookie(f"session_token={grant.access_token}")

    by_bearer = application.ask("GET", PATH, headers=[own], bearer=other.access_token)
    refused = application.ask("GET", PATH, headers=[own], bearer="x")
    other_scheme = application.ask("GET", PATH, headers=[own, (b"authorization", b"Basic eA==")])

    assert good(other) == whose(by_bearer)
    assert 401 == refused.status
    assert good(grant) == whose(other_scheme)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda token: [], "missing"),
        (lambda token: [bearer("")], "malformed"),
        (lambda token: [bearer(f"{token} x")], "malformed"),
        (lambda token: [bearer(token), bearer(token)], "malformed"),
        (lambda token: [cookie(f"session_token={token}; session_token={token}")], "malformed"),
        (
            lambda token: [bearer(token), cookie("session_token=a"), cookie("session_token=b")],
            "malformed",
        ),
        (lambda token: [cookie("other=x; other=y; =; z")], "missing"),
    ],
    ids=["none", "empty", "two words", "two headers", "two cookies", "two cookie headers", "other"],
)
def test_anything_else_is_401(
    application: Application, make: Callable[[str], list[Header]], reason: str
) -> None:
    """nginx makes an error of its own of any other refusal."""
    token = application.log_in(ALICE).access_token

    answer = application.ask("GET", PATH, headers=make(token))

    assert (401, None, None, None) == whose(answer)
    assert ("invalid_token", reason) == (answer.code(), answer.json()["reason"])
    assert (b"Bearer" if reason == "missing" else b'Bearer error="invalid_token"') == answer.header(
        b"www-authenticate"
    )


@pytest.mark.parametrize(
    "header", [(b"origin", b"https://a.example"), (b"sec-fetch-site", b"none")]
)
def test_powerful_key_of_a_page_is_401_too(application: Application, header: Header) -> None:
    """A proxy passes on no other refusal; a session beside it does not help."""
    grant = application.log_in(ALICE)
    key = application.add_key()

    answer = application.ask("GET", PATH, key=key, bearer=grant.access_token, headers=[header])

    assert (401, "invalid_api_key") == (answer.status, answer.code())


def test_two_api_keys_are_401(application: Application) -> None:
    """As two of a kind are."""
    answer = application.ask("GET", PATH, key=application.add_key(), bearer="pk_another")

    assert (401, "malformed") == (answer.status, answer.json()["reason"])


def test_api_key_is_no_session(application: Application) -> None:
    """A program's key says nothing of a user; beside a session's token it does no harm."""
    grant, key = application.log_in(ALICE), application.add_key()

    alone = application.ask("GET", PATH, key=key)
    unknown = application.ask("GET", PATH, key="pk_unknown")
    beside = application.ask("GET", PATH, key=key, bearer=grant.access_token)

    assert [401, 401] == [alone.status, unknown.status]
    assert ("missing", "invalid_api_key") == (alone.json()["reason"], unknown.code())
    assert good(grant) == whose(beside)


@pytest.mark.parametrize(
    ("email", "spelled"),
    [
        ("zoë@example.com", b"zo%C3%AB@example.com"),
        ("50%off@example.com", b"50%25off@example.com"),
        ('o\'neil+x/y,"z"@example.com', b'o\'neil+x/y,"z"@example.com'),
    ],
)
def test_email_is_spelled_for_a_header(
    application: Application, email: str, spelled: bytes
) -> None:
    """Outside ASCII it is percent-encoded UTF-8, and all else is as it is."""
    application.add_user(email)
    grant = application.log_in(email)

    answer = application.ask("GET", PATH, bearer=grant.access_token)

    assert spelled == answer.header(b"x-auth-user-email")


def test_asking_is_a_use(application: Application, clock: HandClock) -> None:
    """The idle deadline moves, and a successor has been seen."""
    first = application.log_in(ALICE)
    claimed = renewal.parse(first.refresh_token)
    engine = application.engine
    second = engine.submit(lambda t: renewal.refresh(engine, t, claimed, Caller()))
    clock.advance(1000)

    application.ask("GET", PATH, bearer=second.access_token)

    after = engine.read(lambda view: session_table.find(view, first.session.id))
    assert after is not None
    assert (clock.now().seconds, True) == (after.last_active_at, after.seen)


def test_deadline_that_struck_is_written_down(application: Application, clock: HandClock) -> None:
    """An hour later the token is dead, a day later the session."""
    grant = application.log_in(ALICE)
    clock.advance(24 * 3600)

    answer = application.ask("GET", PATH, bearer=grant.access_token)

    ended = application.engine.read(lambda view: session_table.find(view, grant.session.id))
    assert (401, "token_expired") == (answer.status, answer.json()["reason"])
    assert ended is not None
    assert grant.session.idle_expires_at == ended.ended_at


@pytest.mark.usefixtures("no_patience")
def test_store_that_is_busy_is_no_refusal(
    application: Application, hold_lock: HoldLock, clock: HandClock
) -> None:
    """Where something must be on disk first the proxy hears 503, not that nobody is logged in."""
    grant = application.log_in(ALICE)
    clock.advance(24 * 3600)
    hold_lock(application.engine.store.path)

    answer = application.ask("GET", PATH, bearer=grant.access_token)

    assert (503, None, None, None) == whose(answer)
    assert "store_unavailable" == answer.code()
    assert answer.header(b"retry-after") is not None


def test_path_beside_it_is_another(application: Application) -> None:
    """What only begins like it has the rules of any path."""
    grant = application.log_in(ALICE)

    assert 404 == application.ask("GET", f"{PATH}x", bearer=grant.access_token).status
