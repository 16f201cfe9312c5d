"""Introspection and revocation: what a token is worth, and giving it back (RFC 7662, RFC 7009)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.asking import Answer
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server
from tests.journeys.oauth import App, error_of, new_app, post, renew

STRICT = {
    "PROTEKT_SESSIONS_REUSE_GRACE": "0s",
    "PROTEKT_SESSIONS_DEVICE_BINDING": "enforce",
    "PROTEKT_SESSIONS_IP_MATCHING": "enforce",
}
INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def app(shared: Installation) -> App:
    """An app with a key."""
    return new_app(shared)


@pytest.fixture(scope="module")
def strict(shared: Installation, app: App) -> Iterator[Server]:
    """A server without a grace that enforces both bindings."""
    with shared.serve(environ=STRICT) as server:
        yield server


def introspect(server: Server, app: App, token: str, **more: str) -> Answer:
    return post(server, "introspect", {"token": token, **more}, app.basic)


def altered(token: str) -> str:
    return token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]


def test_access_token_is_active(server: Server, app: App) -> None:
    """All of its claims are told, and whose it is."""
    first = server.login(EMAIL, PASSWORD)

    answer = introspect(server, app, first["sessionToken"])

    told = answer.json()
    assert ("no-store", "no-cache") == (answer.header("Cache-Control"), answer.header("Pragma"))
    assert (True, "Bearer", EMAIL) == (told["active"], told["token_type"], told["username"])
    assert (first["sessionId"], first["user"]["id"]) == (told["sid"], told["sub"])
    assert first["expiresAt"] == told["exp"] == told["iat"] + 3600 == told["nbf"] + 3600
    assert ("protekt", "http://127.0.0.1:8787", "protekt") == (
        told["aud"],
        told["iss"],
        told["client_id"],
    )
    assert told["jti"].startswith("0.")


def test_current_refresh_token_is_active(server: Server, app: App) -> None:
    """And is not taken for a bearer's token."""
    first = server.login(EMAIL, PASSWORD)

    told = introspect(server, app, first["refreshToken"]).json()

    assert (True, "refresh_token", EMAIL) == (told["active"], told["token_type"], told["username"])
    assert (first["sessionId"], first["user"]["id"]) == (told["sid"], told["sub"])
    assert first["refreshExpiresAt"] == told["exp"]
    assert 200 == renew(server, first["refreshToken"]).status


def test_extra_claims_stand_for_nothing_else(
    shared: Installation, server: Server, app: App
) -> None:
    """An administrator's claims are told as they are, unless they are named as the RFC's."""
    claims = ("role=editor", "active=false", "username=root", "token_type=x")
    flags = [part for claim in claims for part in ("--claim", claim)]
    token = shared.run("token", "issue", EMAIL, *flags).out.strip()

    told = introspect(server, app, token).json()

    assert ("editor", True, EMAIL, "Bearer") == (
        told["role"],
        told["active"],
        told["username"],
        told["token_type"],
    )


def test_of_what_is_not_active_nothing_is_said(
    server: Server, stranger: Installation, app: App
) -> None:
    """Neither why, nor whether it ever was."""
    ended, live = server.login(EMAIL, PASSWORD), server.login(EMAIL, PASSWORD)
    server.ask("POST", "/v1/sessions/revoke", token=ended["sessionToken"])
    renew(server, live["refreshToken"])
    foreign = stranger.run("token", "issue", EMAIL).out.strip()

    told = [
        introspect(server, app, token, token_type_hint="access_token").json()
        for token in (
            ended["sessionToken"],
            ended["refreshToken"],
            live["refreshToken"],
            altered(live["sessionToken"]),
            altered(live["refreshToken"]),
            foreign,
            app.key,
            "ref_",
            "x",
        )
    ]

    assert [INACTIVE] * 9 == told
    assert server.validate(live["sessionToken"])["valid"]


def test_asking_about_the_successor_shows_it(strict: Server, app: App) -> None:
    """From then on its parent is reused; asking about the parent never is."""
    first = strict.login(EMAIL, PASSWORD)
    user = {"device_id": first["deviceId"]}
    second = renew(strict, first["refreshToken"], **user).json()
    lost = renew(strict, first["refreshToken"], **user)
    parent = introspect(strict, app, first["refreshToken"], ip="127.0.0.1", **user)
    again = renew(strict, first["refreshToken"], **user)

    shown = introspect(strict, app, second["refresh_token"], ip="127.0.0.1", **user)
    reused = renew(strict, first["refreshToken"], **user)

    assert [200, 200] == [lost.status, again.status]
    assert (INACTIVE, True) == (parent.json(), shown.json()["active"])
    assert (400, "invalid_grant", "refresh_reused", None) == error_of(reused)


@pytest.mark.parametrize("kind", ["sessionToken", "refreshToken"])
def test_binding_is_the_end_users(strict: Server, app: App, kind: str) -> None:
    """The form says where the user is; where the one who asks is does not matter."""
    first = strict.login(EMAIL, PASSWORD)
    user = {"device_id": first["deviceId"], "ip": "127.0.0.9"}

    good = introspect(strict, app, first[kind], **user)
    bad = [
        introspect(strict, app, first[kind], **given)
        for given in ({}, {**user, "ip": "192.0.2.1"}, {**user, "device_id": "dev_other"})
    ]
    own = {**app.basic, "X-Device-Id": first["deviceId"]}
    by_header = post(strict, "introspect", {"token": first[kind]}, own)
    garbled = introspect(strict, app, first[kind], device_id=first["deviceId"], ip="nowhere")

    assert good.json()["active"]
    assert [INACTIVE] * 4 == [answer.json() for answer in (*bad, by_header)]
    assert (400, "invalid_request", "invalid_request", None) == error_of(garbled)


@pytest.mark.parametrize("which", ["access", "current", "parent", "ancestor"])
def test_token_given_back_ends_its_session(server: Server, app: App, which: str) -> None:
    """Whoever holds any of its tokens may log it out, whatever the hint says."""
    first = server.login(EMAIL, PASSWORD)
    second = renew(server, first["refreshToken"]).json()
    third = renew(server, second["refresh_token"]).json()
    token = {
        "access": third["access_token"],
        "current": third["refresh_token"],
        "parent": second["refresh_token"],
        "ancestor": first["refreshToken"],
    }[which]

    answers = [
        post(server, "revoke", {"token": token, "token_type_hint": hint})
        for hint in ("access_token", "refresh_token", "neither")
    ]

    assert [200, 200, 200] == [answer.status for answer in answers]
    assert ("session_revoked", "logout") == server.why_ended(third["access_token"])


def test_nothing_forged_ends_anything(
    server: Server, shared: Installation, stranger: Installation
) -> None:
    """It is answered as what is unknown: there is no such token any more."""
    live = server.login(EMAIL, PASSWORD)
    foreign = stranger.run("token", "issue", EMAIL).out.strip()
    before = shared.state()

    answers = [
        post(server, "revoke", {"token": token})
        for token in (
            altered(live["sessionToken"]),
            altered(live["refreshToken"]),
            live["refreshToken"][:-1],
            foreign,
            live["sessionId"],
            "x",
        )
    ]

    assert [200] * 6 == [answer.status for answer in answers]
    assert before == shared.state()


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_a_token_is_needed(server: Server, app: App, endpoint: str) -> None:
    """There is no session of one's own here."""
    assert (400, "invalid_request", "invalid_request", None) == error_of(
        post(server, endpoint, app.form)
    )
