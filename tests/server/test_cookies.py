"""Sessions of browsers: tokens in cookies, and which pages may use them."""

from __future__ import annotations

from typing import Any

import pytest

from protekt_cli.server.answer import Header
from tests.server.application import PASSWORD, Application
from tests.server.conftest import Start
from tests.server.talking import Answered

OWN: Header = (b"origin", b"http://127.0.0.1:8787")
EVIL: Header = (b"origin", b"https://evil.example")
SAME: Header = (b"sec-fetch-site", b"same-origin")
LOGIN = {"type": "password", "email": "alice@example.com", "password": PASSWORD, "cookies": True}
DAY = 86_400


def set_cookies(answered: Answered) -> dict[str, tuple[str, str]]:
    """Return the value and the attributes of each cookie that an answer sets, by name."""
    found = {}
    for field, header in answered.headers:
        if field == b"set-cookie":
            pair, _, attributes = header.decode().partition("; ")
            name, _, value = pair.partition("=")
            found[name] = value, attributes
    return found


def cookie(**values: str) -> Header:
    return (b"cookie", "; ".join(f"{name}={value}" for name, value in values.items()).encode())


class Browser:
    """What a browser keeps of a login."""

    def __init__(self, app: Application) -> None:
        app.add_user("alice@example.com")
        self.answered = app.ask("POST", "/v1/sessions", LOGIN, headers=[OWN])
        assert self.answered.status == 201
        self.jar = {name: value for name, (value, _) in set_cookies(self.answered).items()}

    def session(self) -> Header:
        return cookie(session_token=self.jar["session_token"], device_id=self.jar["device_id"])

    def refresh(self) -> Header:
        return cookie(refresh_token=self.jar["refresh_token"], **{"session_token": "x"})


@pytest.fixture
def app(start: Start) -> Application:
    return start({"sessions.device_binding": "enforce"})


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app)


def test_login_puts_tokens_into_cookies_and_not_into_the_body(browser: Browser) -> None:
    """A script of the page never sees what the browser keeps for it."""
    body: dict[str, Any] = browser.answered.json()

    cookies = set_cookies(browser.answered)

    assert (None, None) == (body["sessionToken"], body["refreshToken"])
    assert (
        f"Max-Age={7 * DAY}; Path=/; SameSite=Lax; HttpOnly; Secure" == cookies["session_token"][1]
    )
    assert (
        f"Max-Age={7 * DAY}; Path=/v1/sessions/refresh; SameSite=Lax; HttpOnly; Secure"
        == cookies["refresh_token"][1]
    )
    assert body["deviceId"] == cookies["device_id"][0]


@pytest.mark.parametrize(
    ("flags", "attributes"),
    [
        ({"cookies.secure": False}, "Path=/; SameSite=Lax; HttpOnly"),
        ({"cookies.http_only": False}, "Path=/; SameSite=Lax; Secure"),
        ({"cookies.same_site": "strict"}, "Path=/; SameSite=Strict; HttpOnly; Secure"),
        (
            {"cookies.domain": "a.example", "cookies.path": "/app"},
            "Path=/app; Domain=a.example; SameSite=Lax; HttpOnly; Secure",
        ),
    ],
)
def test_cookies_carry_the_configured_flags(
    start: Start, flags: dict[str, object], attributes: str
) -> None:
    """Flags, domain and path are the settings'; the refresh cookie keeps its own path."""
    browser = Browser(start(flags))

    cookies = set_cookies(browser.answered)

    assert f"Max-Age={7 * DAY}; {attributes}" == cookies["session_token"][1]
    assert "Domain" not in cookies["refresh_token"][1]
    assert "; Path=/v1/sessions/refresh;" in cookies["refresh_token"][1]


def test_session_cookie_is_a_credential(app: Application, browser: Browser) -> None:
    """The cookie says whose request it is, and the device cookie from which device."""
    answered = app.ask("GET", "/v1/session", headers=[browser.session()])

    assert 200 == answered.status
    assert "alice@example.com" == answered.json()["user"]["email"]


def test_bearer_wins_over_the_cookie(app: Application, browser: Browser) -> None:
    """A bad bearer token is refused though the cookie beside it is good."""
    answered = app.ask("GET", "/v1/session", headers=[browser.session()], bearer="nonsense")

    assert (401, "malformed") == (answered.status, answered.json()["reason"])


def test_other_scheme_is_no_credential(app: Application, browser: Browser) -> None:
    """Basic beside a cookie leaves the cookie to count."""
    headers = [browser.session(), (b"authorization", b"Basic YTpi")]

    assert 200 == app.ask("GET", "/v1/session", headers=headers).status


def test_refresh_by_cookie_answers_in_cookies(app: Application, browser: Browser) -> None:
    """What came in a cookie goes back in one, with no body at all."""
    headers = [
        cookie(refresh_token=browser.jar["refresh_token"], device_id=browser.jar["device_id"]),
        OWN,
    ]

    answered = app.ask("POST", "/v1/sessions/refresh", headers=headers)

    assert 200 == answered.status
    assert answered.json()["refreshToken"] is None
    assert browser.jar["refresh_token"] != set_cookies(answered)["refresh_token"][0]


def test_refresh_token_of_the_body_beats_the_cookie(app: Application, browser: Browser) -> None:
    """A body's token is answered in the body, and no cookie is set."""
    grant = app.log_in("alice@example.com")
    headers = [cookie(refresh_token=browser.jar["refresh_token"])]
    body = {"refreshToken": grant.refresh_token, "deviceId": grant.session.device_id}

    answered = app.ask("POST", "/v1/sessions/refresh", body, headers=headers)

    assert grant.session.id == answered.json()["sessionId"]
    assert answered.json()["refreshToken"] is not None
    assert {} == set_cookies(answered)


def test_refused_refresh_clears_nothing(app: Application, browser: Browser) -> None:
    """A page that is told no keeps what it has: the other tab may have renewed it."""
    headers = [cookie(refresh_token="ref_nonsense"), OWN]

    answered = app.ask("POST", "/v1/sessions/refresh", headers=headers)

    assert (401, {}) == (answered.status, set_cookies(answered))


@pytest.mark.parametrize("body", [None, {"all": True}, {}])
def test_logging_out_clears_the_tokens_and_not_the_device(
    app: Application, browser: Browser, body: object
) -> None:
    """An answer that ends the caller's own session takes both tokens away."""
    headers = [browser.session(), OWN]

    answered = app.ask("POST", "/v1/sessions/revoke", body, headers=headers)

    cleared = set_cookies(answered)
    assert (200, {"revoked": 1}) == (answered.status, answered.json())
    assert {"session_token": "", "refresh_token": ""} == {k: v for k, (v, _) in cleared.items()}
    assert all(attributes.startswith("Max-Age=0; ") for _, attributes in cleared.values())


def test_deleting_the_own_session_clears_the_tokens(app: Application, browser: Browser) -> None:
    """By its id too; a bearer's answer clears nothing."""
    session_id = browser.answered.json()["sessionId"]

    answered = app.ask("DELETE", f"/v1/sessions/{session_id}", headers=[browser.session(), SAME])

    assert 204 == answered.status
    assert {"session_token", "refresh_token"} == set(set_cookies(answered))


def test_ending_others_clears_nothing(app: Application, browser: Browser) -> None:
    """The caller's own session goes on."""
    app.log_in("alice@example.com")
    headers = [browser.session(), OWN]

    answered = app.ask("POST", "/v1/sessions/revoke", {"others": True}, headers=headers)

    assert ({"revoked": 1}, {}) == (answered.json(), set_cookies(answered))


REFUSED: dict[str, tuple[Header, ...]] = {
    "another origin": (EVIL,),
    "another origin that says it is ours": (EVIL, SAME),
    "no origin": ((b"origin", b"null"),),
    "neither header": (),
    "a sister site": ((b"sec-fetch-site", b"same-site"),),
    "typed by hand": ((b"sec-fetch-site", b"none"),),
    "another port": ((b"origin", b"http://127.0.0.1:1"),),
}


@pytest.mark.parametrize("name", REFUSED)
def test_page_of_others_changes_nothing_by_cookie(
    app: Application, browser: Browser, name: str
) -> None:
    """What a browser adds the cookie to needs a page that is trusted (OWASP, CSRF prevention)."""
    headers = REFUSED[name]

    logout = app.ask("POST", "/v1/sessions/revoke", headers=[browser.session(), *headers])
    refresh = app.ask(
        "POST",
        "/v1/sessions/refresh",
        headers=[cookie(refresh_token=browser.jar["refresh_token"]), *headers],
    )
    still = app.ask("GET", "/v1/session", headers=[browser.session(), *headers])

    assert [(403, "forbidden")] * 2 == [(a.status, a.code()) for a in (logout, refresh)]
    assert 200 == still.status


@pytest.mark.parametrize(
    ("headers", "status"),
    [((), 201), ((OWN,), 201), ((SAME,), 201), ((EVIL,), 403), ((EVIL, SAME), 403)],
)
def test_login_for_cookies_needs_a_page_that_is_trusted(
    app: Application, headers: tuple[Header, ...], status: int
) -> None:
    """A program that names no page passes; a page of others cannot log its visitor in."""
    app.add_user("alice@example.com")

    answered = app.ask("POST", "/v1/sessions", LOGIN, headers=headers)

    assert status == answered.status


def test_configured_origin_and_public_url_are_trusted(start: Start) -> None:
    """Both may use the cookies; the public URL's origin without its path."""
    app = start(
        {
            "server.cors_origins": ["https://app.example"],
            "server.public_url": "https://auth.example/login/",
        }
    )
    app.add_user("alice@example.com")

    statuses = [
        app.ask("POST", "/v1/sessions", LOGIN, headers=[(b"origin", origin)]).status
        for origin in (b"https://app.example", b"https://auth.example", b"https://app.example.evil")
    ]

    assert [201, 201, 403] == statuses


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://auth.example:443", b"https://auth.example"),
        ("http://auth.example:80/login", b"http://auth.example"),
        ("https://Auth.Example:80", b"https://auth.example:80"),
        ("https://auth.example:", b"https://auth.example"),
        ("https://[2001:db8::1]:443", b"https://[2001:db8::1]"),
        ("https://[2001:db8::1]", b"https://[2001:db8::1]"),
    ],
)
def test_public_url_is_trusted_as_browsers_spell_it(start: Start, url: str, origin: bytes) -> None:
    """They never name the port that the scheme has by itself (RFC 6454 6.2)."""
    app = start({"server.public_url": url})
    app.add_user("alice@example.com")

    answered = app.ask("POST", "/v1/sessions", LOGIN, headers=[(b"origin", origin)])

    assert 201 == answered.status


def test_without_a_public_url_an_empty_origin_is_nobodys(app: Application) -> None:
    """No page has one, and none is trusted."""
    app.add_user("alice@example.com")

    answered = app.ask("POST", "/v1/sessions", LOGIN, headers=[(b"origin", b"://")])

    assert 403 == answered.status


@pytest.mark.parametrize("name", [b"session_token", b"refresh_token", b"device_id"])
def test_doubled_cookie_is_refused(app: Application, browser: Browser, name: bytes) -> None:
    """Which of two a browser meant nobody can tell."""
    header = (b"cookie", name + b"=a; other=1; " + name + b"=b")

    answered = app.ask("GET", "/v1/session", headers=[header])

    assert (400, "invalid_request") == (answered.status, answered.code())


def test_cookies_of_others_are_no_matter(app: Application, browser: Browser) -> None:
    """Doubled, broken or empty, and in a second header: what is not ours is passed over."""
    ours = browser.session()[1]
    others = b"a=1; a=2; broken; =x; \xff\xfe=\x80; ; session_token2=y; Session_Token=z"

    answered = app.ask("GET", "/v1/session", headers=[(b"cookie", others), (b"cookie", ours)])

    assert 200 == answered.status


@pytest.mark.parametrize("before", [b"\xa0", b"\xc2\xa0", b"\x0b", b"\x1f", b"\x00", b"\x85"])
def test_host_cookie_cannot_be_shadowed(start: Start, before: bytes) -> None:
    """A name that only a lenient parser takes for ours is another's name."""
    app = start({"cookies.session_name": "__Host-session"})
    app.add_user("alice@example.com")
    good = set_cookies(app.ask("POST", "/v1/sessions", LOGIN))["__Host-session"][0].encode()
    shadow = before + b"__Host-session=forged; __Host-session=" + good

    answered = app.ask("GET", "/v1/session", headers=[(b"cookie", shadow)])

    assert 200 == answered.status
