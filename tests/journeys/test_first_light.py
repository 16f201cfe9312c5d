"""The life of a session by HTTP: login, validation, refresh, reuse, revocation."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.journeys.installation import (
    EMAIL,
    PASSWORD,
    SESSION,
    USER,
    Installation,
    Server,
)

TYPE_ID = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
CLAIMS = {
    "iss",
    "aud",
    "sub",
    "sid",
    "jti",
    "iat",
    "nbf",
    "exp",
    "auth_time",
    "amr",
    "client_id",
}


def part(token: str, index: int) -> Any:
    """Return the header (0) or the claims (1) of an access token, unverified."""
    segment = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def login(server: Server, **more: object) -> Any:
    return server.login(EMAIL, PASSWORD, **more)


def test_login_answers_with_the_session_response(server: Server) -> None:
    """The seed's own request yields the seed's own shape, and three members more."""
    seed = {"type": "password", "email": "user@example.com", "password": "secret123"}

    answer = server.ask("POST", "/v1/sessions", seed)

    session = answer.json()
    assert answer.status == 201
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"
    assert session.keys() == {
        "sessionId",
        "sessionToken",
        "refreshToken",
        "expiresAt",
        "expiresIn",
        "tokenType",
        "user",
        "refreshExpiresAt",
        "deviceId",
        "refreshGeneration",
    }
    assert re.fullmatch(f"sess_{TYPE_ID}", session["sessionId"])
    assert re.fullmatch(f"dev_{TYPE_ID}", session["deviceId"])
    assert re.fullmatch(r"ref_[A-Za-z0-9_-]{43,}", session["refreshToken"])
    assert {"id": session["user"]["id"], "email": EMAIL, "name": "John Doe"} == session["user"]
    assert re.fullmatch(f"user_{TYPE_ID}", session["user"]["id"])
    assert (
        session["tokenType"],
        session["expiresIn"],
        session["refreshGeneration"],
    ) == ("Bearer", 3600, 0)
    assert session["refreshExpiresAt"] == session["expiresAt"] - 3600 + 7 * 86400


def test_access_token_carries_the_claims_of_rfc_9068_and_no_more(server: Server) -> None:
    """Header and claims are those that are promised, and agree with the answer they came in."""
    session = login(server)

    header, claims = part(session["sessionToken"], 0), part(session["sessionToken"], 1)

    assert header.keys() == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert claims.keys() == CLAIMS
    assert claims["iss"] == "http://127.0.0.1:8787"
    assert (claims["aud"], claims["amr"], claims["client_id"]) == ("protekt", ["pwd"], "protekt")
    assert (session["user"]["id"], session["sessionId"]) == (claims["sub"], claims["sid"])
    assert claims["iat"] == claims["nbf"] == claims["auth_time"] == claims["exp"] - 3600
    assert session["expiresAt"] == claims["exp"]
    assert re.fullmatch(r"0\.[A-Za-z0-9_-]+", claims["jti"])


def test_published_keys_name_the_key_that_signed(server: Server) -> None:
    """Whoever verifies by himself finds the token's `kid`, and no private part of any key."""
    kid = part(login(server)["sessionToken"], 0)["kid"]

    keys = server.ask("GET", "/.well-known/jwks.json").json()["keys"]

    assert kid in [key["kid"] for key in keys]
    assert all("d" not in key and key["kty"] == "EC" for key in keys)


def test_validate_tells_whose_token_it_is(server: Server) -> None:
    """A good token yields its session and its user, whole, and how long it still lives."""
    session = login(server)

    told = server.validate(session["sessionToken"])

    assert told.keys() == {"valid", "session", "user", "expiresIn"}
    assert told["valid"] is True
    assert told["session"].keys() == SESSION
    assert told["user"].keys() == USER
    assert (session["sessionId"], "active", ["pwd"]) == (
        told["session"]["id"],
        told["session"]["status"],
        told["session"]["amr"],
    )
    assert session["user"]["id"] == told["user"]["id"] == told["session"]["userId"]
    assert 3590 < told["expiresIn"] <= 3600


def test_refresh_yields_a_successor_and_the_parent_the_same_one_at_once(server: Server) -> None:
    """A second tab that presents the token just rotated away is given the same successor."""
    first = login(server)

    second = server.refresh(first["refreshToken"])
    again = server.refresh(first["refreshToken"])

    assert [second.status, again.status] == [200, 200]
    assert second.header("Cache-Control") == "no-store"
    assert first["refreshToken"] != second.json()["refreshToken"]
    assert second.json()["refreshToken"] == again.json()["refreshToken"]
    assert [second.json()["refreshGeneration"], again.json()["refreshGeneration"]] == [1, 1]
    assert first.keys() == second.json().keys()
    tokens = [one["sessionToken"] for one in (first, second.json(), again.json())]
    assert len(set(tokens)) == 3
    assert [server.validate(token)["valid"] for token in tokens] == [True, True, True]
    assert part(tokens[1], 1)["jti"].startswith("1.")


def test_grandparent_ends_its_session_and_no_other(server: Server) -> None:
    """Reuse is refused, and from the very next request on the session is revoked."""
    bystander, first = login(server), login(server)
    second = server.refresh(first["refreshToken"]).json()
    third = server.refresh(second["refreshToken"]).json()

    reused = server.refresh(first["refreshToken"])

    assert reused.problem()[:2] == (401, "refresh_reused")
    assert reused.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
    assert server.why_ended(third["sessionToken"]) == ("session_revoked", "reuse_detected")
    assert (server.validate(first["sessionToken"])) == {
        "valid": False,
        "reason": "session_revoked",
        "endReason": "reuse_detected",
    }
    refused = server.refresh(third["refreshToken"])
    assert refused.problem() == (401, "invalid_token", "session_revoked")
    assert server.validate(bystander["sessionToken"])["valid"]


def test_logout_refuses_the_session_with_its_reason(server: Server) -> None:
    """A revoke without a selector is a logout; access and refresh token are worth nothing."""
    session = login(server)

    answer = server.ask("POST", "/v1/sessions/revoke", token=session["sessionToken"])

    assert (answer.status, answer.json()) == (200, {"revoked": 1})
    assert server.why_ended(session["sessionToken"]) == ("session_revoked", "logout")
    refused = server.refresh(session["refreshToken"])
    assert refused.problem() == (401, "invalid_token", "session_revoked")
    assert refused.json()["endReason"] == "logout"


@pytest.mark.parametrize(
    ("selector", "count", "reason"),
    [("sessionId", 1, "revoked"), ("deviceId", 1, "device_revoked")],
)
def test_caller_ends_another_of_his_sessions(
    server: Server, selector: str, count: int, reason: str
) -> None:
    """One of the caller's own sessions is ended by its id or by its device's."""
    mine, gone = login(server), login(server)

    answer = server.ask(
        "POST", "/v1/sessions/revoke", {selector: gone[selector]}, token=mine["sessionToken"]
    )

    assert (200, {"revoked": count}) == (answer.status, answer.json())
    assert ("session_revoked", reason) == server.why_ended(gone["sessionToken"])
    assert server.validate(mine["sessionToken"])["valid"]


def test_delete_ends_a_session_by_its_path(server: Server) -> None:
    """DELETE of one's own session, seen in another one, says nothing and ends it."""
    mine, gone = login(server), login(server)

    answer = server.ask("DELETE", f"/v1/sessions/{gone['sessionId']}", token=mine["sessionToken"])

    assert (answer.status, answer.body) == (204, b"")
    assert server.why_ended(gone["sessionToken"]) == ("session_revoked", "revoked")
    listed = server.ask("GET", "/v1/sessions", token=mine["sessionToken"]).json()["sessions"]
    assert gone["sessionId"] not in [session["id"] for session in listed]
    assert [mine["sessionId"]] == [session["id"] for session in listed if session["current"]]


def test_others_then_all_end_a_users_sessions(installation: Installation) -> None:
    """`others` spares the session that asks, `all` does not; both say how many they ended."""
    with installation.serve() as server:
        sessions = [login(server) for _ in range(4)]
        tokens = [session["sessionToken"] for session in sessions]

        others = server.ask("POST", "/v1/sessions/revoke", {"others": True}, token=tokens[0])
        spared = server.validate(tokens[0])["valid"]
        everything = server.ask("POST", "/v1/sessions/revoke", {"all": True}, token=tokens[0])

        assert (others.json(), spared, everything.json()) == ({"revoked": 3}, True, {"revoked": 1})
        assert [server.why_ended(token) for token in tokens] == [
            ("session_revoked", "revoked_all")
        ] * 4
