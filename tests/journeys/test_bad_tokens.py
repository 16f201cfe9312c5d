"""Tokens that are no good: refused at every door with the same reason, and nothing is touched."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.asking import exchange
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server, until

Spoil = Callable[[str], str]


def login(server: Server) -> Any:
    return server.login(EMAIL, PASSWORD)


def swapped(token: str, index: int) -> str:
    """Return the token with another character at *index*."""
    other = "A" if token[index] != "A" else "B"
    return token[:index] + other + token[index:][1:]


def claiming(index: int, **members: object) -> Spoil:
    """Return what puts other members into the header (0) or the claims (1) of a token."""

    def spoil(token: str) -> str:
        segments = token.split(".")
        old = segments[index]
        said = json.loads(base64.urlsafe_b64decode(old + "=" * (-len(old) % 4)))
        made = json.dumps(said | members).encode()
        segments[index] = base64.urlsafe_b64encode(made).decode().rstrip("=")
        return ".".join(segments)

    return spoil


ACCESS: dict[str, tuple[Spoil, str]] = {
    "garbage": (lambda token: "garbage", "malformed"),
    "empty": (lambda token: "", "malformed"),
    "three dots": (lambda token: "a.b.c", "malformed"),
    "two segments": (lambda token: token.rpartition(".")[0], "malformed"),
    "four segments": (lambda token: f"{token}.x", "malformed"),
    "padded": (lambda token: f"{token}=", "malformed"),
    "another key": (claiming(0, kid="key_00000000000000000000000000"), "unknown_key"),
    "claims changed": (claiming(1, sub="user_00000000000000000000000000"), "bad_signature"),
    "lives longer": (claiming(1, exp=4_000_000_000), "bad_signature"),
    "signature longer": (lambda token: token + "A" * 7000, "bad_signature"),
    "signature changed": (lambda token: swapped(token, -20), "bad_signature"),
}


@pytest.mark.parametrize("name", ACCESS)
def test_bad_access_token_is_refused(shared: Installation, server: Server, name: str) -> None:
    """Guard, validation and logout say the same of a token that was made up or altered."""
    spoil, reason = ACCESS[name]
    token = spoil(login(server)["sessionToken"])
    before = shared.state()

    guarded = server.ask("GET", "/v1/session", token=token)
    logout = server.ask("POST", "/v1/sessions/revoke", token=token)
    told = server.validate(token)

    assert (401, "invalid_token", reason) == guarded.problem() == logout.problem()
    assert guarded.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
    assert (False, reason) == (told["valid"], told["reason"])
    assert before == shared.state()


def test_token_of_another_installation_is_refused(
    shared: Installation, server: Server, stranger: Installation
) -> None:
    """Somebody else's keys are unknown here, for either kind of token."""
    issued = stranger.run("token", "issue", EMAIL, "--json").json()
    before = shared.state()

    told = server.validate(issued["sessionToken"])
    refreshed = server.refresh(issued["refreshToken"])

    assert (told["valid"], told["reason"]) == (False, "unknown_key")
    assert refreshed.problem() == (401, "invalid_token", "unknown_session")
    assert before == shared.state()


def test_expired_token_is_refused_for_that(shared: Installation, server: Server) -> None:
    """An access token past its time is `token_expired`, while its session lives on."""
    issued = shared.run("token", "issue", EMAIL, "--ttl", "1s", "--json").json()
    token = issued["sessionToken"]

    until(lambda: not server.validate(token)["valid"], "the token to expire")
    told, verified = server.validate(token), shared.run("token", "verify", "-", stdin=token)

    assert told == {"valid": False, "reason": "token_expired", "endReason": None}
    assert verified.code == 4
    guarded = server.ask("GET", "/v1/session", token=token)
    assert guarded.problem() == (401, "invalid_token", "token_expired")
    assert server.refresh(issued["refreshToken"]).status == 200


REFRESH: dict[str, tuple[Spoil, str]] = {
    "garbage": (lambda token: "garbage", "malformed"),
    "empty": (lambda token: "", "malformed"),
    "prefix alone": (lambda token: "ref_", "malformed"),
    "truncated": (lambda token: token[:-1], "malformed"),
    "longer": (lambda token: token + "A", "malformed"),
    "seal changed": (lambda token: swapped(token, -10), "malformed"),
    "space behind": (lambda token: token + " ", "malformed"),
    "another session": (lambda token: swapped(token, 12), "unknown_session"),
}


@pytest.mark.parametrize("name", REFRESH)
def test_bad_refresh_token_touches_no_session(
    shared: Installation, server: Server, name: str
) -> None:
    """A forged refresh token is `invalid_token`, and the session it was made from goes on."""
    spoil, reason = REFRESH[name]
    good = login(server)["refreshToken"]
    before = shared.state()

    answer = server.refresh(spoil(good))

    assert (401, "invalid_token", reason) == answer.problem()
    assert before == shared.state()
    assert server.refresh(good).status == 200


def test_access_token_is_no_refresh_token(shared: Installation, server: Server) -> None:
    """Either token is worth nothing in the other's place."""
    session = login(server)
    before = shared.state()

    refreshed = server.refresh(session["sessionToken"])
    told = server.validate(session["refreshToken"])

    assert refreshed.problem() == (401, "invalid_token", "malformed")
    assert (told["valid"], told["reason"]) == (False, "malformed")
    assert before == shared.state()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing"),
        ("Basic dXNlcjpzZWNyZXQ=", "missing"),
        ("Bearer", "malformed"),
        ("Bearer a b", "malformed"),
    ],
)
def test_credential_that_is_none_is_missing(server: Server, value: str | None, reason: str) -> None:
    """Without a bearer's token the caller is told that one is missing, plainly."""
    headers = {} if value is None else {"Authorization": value}

    answer = server.ask("GET", "/v1/session", headers=headers)

    challenge = "Bearer" if reason == "missing" else 'Bearer error="invalid_token"'
    assert (401, "invalid_token", reason) == answer.problem()
    assert challenge == answer.header("WWW-Authenticate")


def test_two_good_authorization_headers_are_one_too_many(
    shared: Installation, server: Server
) -> None:
    """Nobody chooses between two credentials, even where both are good."""
    tokens = [login(server)["sessionToken"].encode() for _ in range(2)]
    fields = b"".join(b"Authorization: Bearer " + token + b"\r\n" for token in tokens)
    before = shared.state()

    answer = exchange(
        server.port, b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n"
    )

    assert answer.problem() == (400, "invalid_request", None)
    assert before == shared.state()


@pytest.mark.parametrize(
    ("variable", "reason"),
    [("PROTEKT_TOKENS_ISSUER", "wrong_issuer"), ("PROTEKT_TOKENS_AUDIENCE", "wrong_audience")],
)
def test_token_for_somebody_else_is_refused(
    installation: Installation, variable: str, reason: str
) -> None:
    """A token names its issuer and audience, and another one's are not taken."""
    token = installation.run("token", "issue", EMAIL).out.strip()

    verified = installation.run(
        "token", "verify", token, "--json", environ={variable: "https://other.example"}
    )

    assert verified.code == 4
    assert (False, reason) == tuple(json.loads(verified.out)[name] for name in ("valid", "reason"))
