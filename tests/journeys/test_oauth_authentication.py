"""How an OAuth client shows who it is: by its API key, in one way, and as itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server
from tests.journeys.oauth import App, basic, error_of, new_app, post, renew

Way = tuple[dict[str, str], dict[str, str]]

NOBODY = App("apikey_00000000000000000000000000", "pk_" + "x" * 43)
REFUSED = (401, "invalid_client", "invalid_api_key", None)


@pytest.fixture(scope="module")
def app(shared: Installation) -> App:
    """An app with a key."""
    return new_app(shared)


@pytest.fixture(scope="module")
def other(shared: Installation) -> App:
    """Another app."""
    return new_app(shared)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """An access token to ask about."""
    return str(server.login(EMAIL, PASSWORD)["sessionToken"])


def good_ways(app: App) -> dict[str, Way]:
    """Form and headers of each way that there is."""
    encoded = "".join(f"%{ord(each):02X}" for each in app.key)
    return {
        "basic": ({}, app.basic),
        "basic, encoded as RFC 6749 has it": ({}, basic(quote(app.id), encoded)),
        "basic, and named in the form": ({"client_id": app.id}, app.basic),
        "form": (app.form, {}),
        "X-API-Key": ({}, {"X-API-Key": app.key}),
        "X-API-Key, and named in the form": ({"client_id": app.id}, {"X-API-Key": app.key}),
        "bearer": ({}, {"Authorization": f"Bearer {app.key}"}),
    }


def bad_ways(app: App, other: App, token: str) -> dict[str, Way]:
    """Form and headers that show nobody."""
    return {
        "nothing": ({}, {}),
        "id alone": ({"client_id": app.id}, {}),
        "secret alone": ({"client_secret": app.key}, {}),
        "public": ({"client_id": "web"}, {}),
        "public with a secret": ({"client_id": "web", "client_secret": app.key}, {}),
        "secret of another": ({"client_id": app.id, "client_secret": other.key}, {}),
        "unknown": (NOBODY.form, {}),
        "X-API-Key of another": ({"client_id": app.id}, {"X-API-Key": other.key}),
        "X-API-Key unknown": ({}, {"X-API-Key": NOBODY.key}),
        "access token": ({}, {"Authorization": f"Bearer {token}"}),
    }


def bad_basics(app: App, other: App) -> dict[str, Way]:
    """The same by Basic, which the answer then names."""
    return {
        "id alone": ({}, basic(app.id, "")),
        "secret alone": ({}, basic("", app.key)),
        "secret of another": ({}, basic(app.id, other.key)),
        "unknown": ({}, basic(NOBODY.id, NOBODY.key)),
        "another in the form": ({"client_id": other.id}, app.basic),
        "no colon": ({}, {"Authorization": "Basic " + b64encode(b"x").decode()}),
        "no base64": ({}, {"Authorization": "Basic x:y"}),
        "no text": ({}, {"Authorization": "Basic " + b64encode(b"\xff:\xff").decode()}),
    }


def test_client_authenticates_in_any_one_way(server: Server, app: App, token: str) -> None:
    """Libraries differ in which they take; each is as good."""
    answers = {
        name: post(server, "introspect", {"token": token, **form}, headers).json()
        for name, (form, headers) in good_ways(app).items()
    }

    assert dict.fromkeys(answers, True) == {
        name: answer.get("active") for name, answer in answers.items()
    }


def test_who_does_not_authenticate_is_told_nothing(
    server: Server, app: App, other: App, token: str
) -> None:
    """Whatever it lacks, the answer is one."""
    answers = {
        name: post(server, "introspect", {"token": token, **form}, headers)
        for name, (form, headers) in bad_ways(app, other, token).items()
    }

    assert dict.fromkeys(answers, REFUSED) == {
        name: error_of(answer) for name, answer in answers.items()
    }
    assert {"Bearer"} == {answer.header("WWW-Authenticate") for answer in answers.values()}


def test_who_tried_by_basic_is_told_so(server: Server, app: App, other: App, token: str) -> None:
    """RFC 6749 (5.2): the challenge is in the scheme that the client used."""
    answers = {
        name: post(server, "introspect", {"token": token, **form}, headers)
        for name, (form, headers) in bad_basics(app, other).items()
    }

    assert dict.fromkeys(answers, REFUSED) == {
        name: error_of(answer) for name, answer in answers.items()
    }
    assert {'Basic realm="protekt"'} == {
        answer.header("WWW-Authenticate") for answer in answers.values()
    }


def test_two_ways_at_once_are_refused(server: Server, app: App, token: str) -> None:
    """Also where both show the same client (RFC 6749 2.3)."""
    key = {"X-API-Key": app.key}
    ways = [(app.form, app.basic), (app.form, key), ({}, app.basic | key)]

    answers = [post(server, "introspect", {"token": token} | form, head) for form, head in ways]

    assert [(400, "invalid_request", "invalid_request", None)] * 3 == list(map(error_of, answers))


@pytest.mark.parametrize(
    "form", [{}, {"client_id": "web"}, {"client_id": "web", "client_secret": ""}]
)
def test_public_client_renews_and_gives_back(server: Server, form: dict[str, str]) -> None:
    """It has no secret to keep; the refresh token is what counts."""
    first = server.login(EMAIL, PASSWORD)

    renewed = renew(server, first["refreshToken"], {}, **form)
    given_back = post(server, "revoke", {"token": renewed.json()["refresh_token"], **form})

    assert (200, 200) == (renewed.status, given_back.status)
    assert ("session_revoked", "logout") == server.why_ended(first["sessionToken"])


def test_named_key_is_always_shown(server: Server, app: App, other: App) -> None:
    """Else anybody could pass for the app; and what it presents is not touched."""
    first = server.login(EMAIL, PASSWORD)
    token = first["refreshToken"]

    answers = [
        answer
        for form in ({"client_id": app.id}, app.form | {"client_secret": other.key}, NOBODY.form)
        for answer in (
            renew(server, token, {}, **form),
            post(server, "revoke", {"token": token, **form}),
        )
    ]

    assert [REFUSED] * 6 == list(map(error_of, answers))
    assert 200 == renew(server, token).status
    assert server.validate(first["sessionToken"])["valid"]


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_great_key_does_not_belong_into_a_page(
    server: Server, shared: Installation, token: str, scope: str
) -> None:
    """However it is shown; from a program it is as good as any."""
    great, page = new_app(shared, scope), {"Origin": "http://127.0.0.1:8787"}

    from_page = [
        post(server, "introspect", {"token": token, **form}, headers | page)
        for form, headers in good_ways(great).values()
    ]
    from_program = post(server, "introspect", {"token": token}, great.basic)

    assert [(403, "unauthorized_client", "forbidden", None)] * 7 == list(map(error_of, from_page))
    assert from_program.json()["active"]


def test_revoked_key_is_no_client(server: Server, shared: Installation, token: str) -> None:
    """From the next request on."""
    gone = new_app(shared)
    assert post(server, "introspect", {"token": token}, gone.basic).json()["active"]
    assert 0 == shared.run("apikeys", "revoke", gone.id).code

    answers = [
        post(server, "introspect", {"token": token, **form}, headers)
        for form, headers in good_ways(gone).values()
    ]

    assert [REFUSED] * 7 == list(map(error_of, answers))


@pytest.fixture(scope="module")
def closed(shared: Installation, app: App) -> Iterator[Server]:
    """A server whose apps all have a key."""
    with shared.serve(environ={"PROTEKT_SERVER_REQUIRE_API_KEY": "true"}) as server:
        yield server


def test_where_apps_need_a_key_no_public_client_renews(closed: Server, app: App) -> None:
    """Giving a token back is anybody's still."""
    key = {"X-API-Key": app.key}
    body = {"type": "password", "email": EMAIL, "password": PASSWORD}
    first = closed.ask("POST", "/v1/sessions", body, headers=key).json()

    refused = [
        renew(closed, first["refreshToken"], {}, **form) for form in ({}, {"client_id": "web"})
    ]
    renewed = renew(closed, first["refreshToken"], app.basic)
    given_back = post(closed, "revoke", {"token": first["refreshToken"]})

    assert [REFUSED] * 2 == list(map(error_of, refused))
    assert (200, 200) == (renewed.status, given_back.status)
