"""What a server says no to ends a command as the same refusal of the database would."""

from __future__ import annotations

import pytest

from protekt_cli import errors
from protekt_cli.cli.administration.refusals import problem_of
from protekt_cli.errors import EndReason, InvalidToken, Reason
from protekt_cli.sdk.errors import ProtektError, from_problem


def told(status: int, code: str, **more: object) -> ProtektError:
    """Return the client's error of an answer."""
    document = {"code": code, "detail": "what is wrong", "hint": "what to do", **more}
    error = from_problem(status, document, {"retry-after": "17"})
    assert error is not None
    return error


@pytest.mark.parametrize(
    "kind",
    [
        errors.InvalidRequest,
        errors.AmbiguousId,
        errors.InvalidApiKey,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.Overloaded,
    ],
)
def test_refusal_keeps_its_kind_and_its_words(kind: type[errors.Problem]) -> None:
    """So that exit code, message and hint do not depend on where the database is."""
    problem = problem_of(told(kind.status, kind.code))

    assert (kind, "what is wrong", "what to do") == (type(problem), problem.message, problem.hint)


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (401, "invalid_credentials", 4),
        (401, "refresh_reused", 4),
        (429, "rate_limited", 4),
        (503, "store_unavailable", 6),
        (413, "payload_too_large", 1),
        (421, "misdirected_request", 1),
        (418, "of_a_later_version", 1),
    ],
)
def test_every_code_has_its_exit_code(status: int, code: str, exit_code: int) -> None:
    """What no command could have raised itself is a plain failure, with the server's words."""
    problem = problem_of(told(status, code))

    assert exit_code == problem.exit_code
    assert exit_code != 1 or ("what is wrong", "what to do") == (problem.message, problem.hint)


def test_refused_token_keeps_its_reason() -> None:
    """And why its session ended."""
    error = told(401, "invalid_token", reason="session_revoked", endReason="logout")

    problem = problem_of(error)

    assert isinstance(problem, InvalidToken)
    assert (Reason.SESSION_REVOKED, EndReason.LOGOUT) == (problem.reason, problem.end_reason)


def test_time_to_wait_is_kept() -> None:
    """For who was refused for now."""
    problem = problem_of(told(429, "rate_limited"))

    assert isinstance(problem, errors.RateLimited)
    assert 17 == problem.retry_after
