"""Every refusal has a form that OAuth clients read (RFC 6749 5.2), and the headers it needs."""

from __future__ import annotations

import json
import re

import pytest

from protekt_cli.errors import (
    EndReason,
    Forbidden,
    InvalidApiKey,
    InvalidRequest,
    InvalidToken,
    NotFound,
    Problem,
    Reason,
    RefreshReused,
    StoreUnavailable,
)
from protekt_cli.server.answer import Answer
from protekt_cli.server.oauth_errors import InvalidClient, UnsupportedGrantType, write
from protekt_cli.server.problems import Internal, MethodNotAllowed, RequestTimeout


def header(answer: Answer, name: bytes) -> bytes | None:
    found = [value for field, value in answer.headers if field == name]
    assert len(found) < 2, found
    return found[0] if found else None


@pytest.mark.parametrize(
    ("problem", "status", "error"),
    [
        (InvalidRequest("x"), 400, "invalid_request"),
        (UnsupportedGrantType("x"), 400, "unsupported_grant_type"),
        (InvalidToken(Reason.MALFORMED), 400, "invalid_grant"),
        (RefreshReused(), 400, "invalid_grant"),
        (InvalidApiKey("x"), 401, "invalid_client"),
        (InvalidClient("x", by_basic=True), 401, "invalid_client"),
        (Forbidden("x"), 403, "unauthorized_client"),
        (NotFound("x"), 404, "invalid_request"),
        (MethodNotAllowed(["POST"]), 405, "invalid_request"),
        (RequestTimeout(), 408, "invalid_request"),
        (Internal(), 500, "server_error"),
        (StoreUnavailable("x"), 503, "temporarily_unavailable"),
    ],
)
def test_each_refusal_has_an_error(problem: Problem, status: int, error: str) -> None:
    """Its own code stands beside it, and nobody keeps the answer."""
    answer = write(problem, "an-id")

    document = json.loads(answer.body)
    assert (status, error, problem.code) == (answer.status, document["error"], document["code"])
    assert b"application/json" == header(answer, b"content-type")
    assert (b"no-store", b"no-cache") == (
        header(answer, b"cache-control"),
        header(answer, b"pragma"),
    )


def test_refused_token_says_why() -> None:
    """By the reason that every other path gives."""
    problem = InvalidToken(Reason.SESSION_REVOKED, end_reason=EndReason.LOGOUT)

    document = json.loads(write(problem, "an-id").body)

    assert ("session_revoked", "logout") == (document["reason"], document["end_reason"])


@pytest.mark.parametrize(
    ("problem", "challenge"),
    [
        (InvalidClient("x", by_basic=True), b'Basic realm="protekt"'),
        (InvalidClient("x", by_basic=False), b"Bearer"),
        (InvalidApiKey("x"), b"Bearer"),
        (InvalidToken(Reason.MALFORMED), None),
        (RefreshReused(), None),
    ],
)
def test_only_a_refused_client_is_challenged(problem: Problem, challenge: bytes | None) -> None:
    """A refused grant is 400, which has no challenge."""
    assert challenge == header(write(problem, "an-id"), b"www-authenticate")


def test_other_headers_are_those_of_any_refusal() -> None:
    """When to come again, and what is taken instead."""
    assert b"1" == header(write(StoreUnavailable("x"), "an-id"), b"retry-after")
    assert b"POST" == header(write(MethodNotAllowed(["POST"]), "an-id"), b"allow")


def test_description_has_only_what_it_may_have() -> None:
    """No quotes, no backslash, nothing outside ASCII; and no file of this machine."""
    odd = write(InvalidRequest('the "form"\\ is odd: é\n'), "an-id")
    inside = write(StoreUnavailable("/var/lib/protekt.db is damaged"), "an-id")

    described = [json.loads(answer.body)["error_description"] for answer in (odd, inside)]
    assert all(re.fullmatch(r"[ !#-\[\]-~]+", each) for each in described)
    assert "protekt.db" not in described[1]
