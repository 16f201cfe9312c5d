"""Every refusal is a problem document (RFC 9457) with the headers that belong to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from protekt_cli.errors import (
    EndReason,
    InvalidApiKey,
    InvalidCredentials,
    InvalidRequest,
    InvalidToken,
    NotFound,
    Overloaded,
    Problem,
    Reason,
    RefreshReused,
    StoreUnavailable,
)
from protekt_cli.server import schemas
from protekt_cli.server.problems import (
    Internal,
    MethodNotAllowed,
    MisdirectedRequest,
    PayloadTooLarge,
    RequestTimeout,
    UnknownMethod,
    UnsupportedMediaType,
    UriTooLong,
    problem_answer,
)


def document(problem: Problem) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(problem_answer(problem, "r1").body)
    return members


def headers(problem: Problem) -> dict[bytes, bytes]:
    return dict(problem_answer(problem, "r1").headers)


def test_problem_document_has_every_member() -> None:
    """What is absent is null, and only a token's refusal has reasons."""
    expected = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no such session",
        "code": "not_found",
        "hint": None,
        "requestId": "r1",
    }

    assert document(NotFound("there is no such session")) == expected


@pytest.mark.parametrize(
    "problem",
    [
        NotFound("there is no such session", hint="list them"),
        InvalidToken(Reason.MALFORMED),
        InvalidToken(Reason.SESSION_REVOKED, end_reason=EndReason.LOGOUT),
        StoreUnavailable("it is away"),
    ],
)
def test_problem_document_is_as_described(problem: Problem) -> None:
    """The API's document knows every member, and which may be left out."""
    fields = schemas.Problem.model_fields
    members = document(problem)

    schemas.Problem.model_validate(members)

    assert members.keys() <= fields.keys()
    assert members.keys() >= {name for name in fields if fields[name].is_required()}


def test_problem_is_never_cached() -> None:
    """It is JSON of its own type, and nothing on the way keeps it."""
    found = headers(InvalidRequest("no"))

    assert found[b"content-type"] == b"application/problem+json"
    assert found[b"cache-control"] == b"no-store"


def test_refused_token_names_its_reason() -> None:
    """A live session has no end reason: the member is null, not missing."""
    found = document(InvalidToken(Reason.TOKEN_EXPIRED))

    assert found["reason"] == "token_expired"
    assert found["endReason"] is None


def test_token_of_an_ended_session_says_why_it_ended() -> None:
    """`endReason` is what ended the session."""
    found = document(InvalidToken(Reason.SESSION_REVOKED, end_reason=EndReason.LOGOUT))

    assert found["endReason"] == "logout"


@pytest.mark.parametrize(
    ("problem", "challenge"),
    [
        (InvalidToken(Reason.MALFORMED), b'Bearer error="invalid_token"'),
        (InvalidToken(Reason.SESSION_EXPIRED), b'Bearer error="invalid_token"'),
        (RefreshReused(), b'Bearer error="invalid_token"'),
        (InvalidToken(Reason.MISSING), b"Bearer"),
        (InvalidCredentials(), b"Bearer"),
        (InvalidApiKey("no"), b"Bearer"),
        (InvalidRequest("no"), None),
    ],
)
def test_unauthorized_carries_its_challenge(problem: Problem, challenge: bytes | None) -> None:
    """An error is named only where a token was presented (RFC 6750, 3.1)."""
    assert headers(problem).get(b"www-authenticate") == challenge


@pytest.mark.parametrize("problem", [Overloaded("busy"), StoreUnavailable("busy")])
def test_unavailable_says_when_to_try_again(problem: Problem) -> None:
    """Every 503 carries Retry-After, in whole seconds."""
    assert headers(problem)[b"retry-after"] == b"1"


def test_unavailable_store_keeps_its_files_to_itself() -> None:
    """Names of files are for the log, not for clients."""
    problem = StoreUnavailable("cannot open /srv/protekt.db", hint="look at /srv")

    answer = problem_answer(problem, "r1")

    assert b"/srv" not in answer.body


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (MethodNotAllowed({"GET"}), 405, "method_not_allowed"),
        (UnknownMethod(), 501, "method_not_allowed"),
        (RequestTimeout(), 408, "request_timeout"),
        (PayloadTooLarge(1), 413, "payload_too_large"),
        (UriTooLong(1), 414, "uri_too_long"),
        (UnsupportedMediaType("no"), 415, "unsupported_media_type"),
        (MisdirectedRequest(), 421, "misdirected_request"),
        (Internal(), 500, "failed"),
    ],
)
def test_what_http_refuses_has_its_code(problem: Problem, status: int, code: str) -> None:
    """Status and code are what programs go by."""
    found = document(problem)

    assert found["status"] == problem_answer(problem, "r1").status == status
    assert found["code"] == code


def test_method_not_allowed_lists_the_methods() -> None:
    """`Allow` names all of them, in one order."""
    assert headers(MethodNotAllowed(["POST", "GET"]))[b"allow"] == b"GET, POST"
