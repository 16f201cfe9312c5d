"""Every way in which a server, or the way to it, says no.

The server's `code` is stable; a class is there for what a caller acts on. A message never holds
a token, a password or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ProtektError(Exception):
    """What went wrong: a message for people, and for programs the server's own words.

    Attributes:
        code: The stable name of the error.
        reason: Why a token was refused, where one was.
        status: The HTTP status of the answer; None where none came.
        hint: What to do about it, where the server says so.
        end_reason: Why the session ended, where `reason` says that it did.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "failed",
        reason: str | None = None,
        status: int | None = None,
        hint: str | None = None,
        end_reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.status = status
        self.hint = hint
        self.end_reason = end_reason


class InvalidCredentials(ProtektError):
    """The e-mail or the password is wrong, or the user may not log in."""


class InvalidToken(ProtektError):
    """The access or refresh token is refused, for `reason`."""


class RefreshReused(ProtektError):
    """A refresh token was presented again after its time; its session has been revoked."""


class RateLimited(ProtektError):
    """Too many tries failed; another makes sense after `retry_after` seconds."""

    retry_after: int = 1


class Unavailable(ProtektError):
    """The server is too busy, or gave no answer at all; `retry_after` as above."""

    retry_after: int = 1


_CLASSES = {
    "invalid_credentials": InvalidCredentials,
    "invalid_token": InvalidToken,
    "refresh_reused": RefreshReused,
    "rate_limited": RateLimited,
}
#: What a server that is too busy says, or a proxy that cannot reach it.
_UNAVAILABLE = frozenset({502, 503, 504})


def from_problem(
    status: int, problem: Mapping[str, Any], headers: Mapping[str, str]
) -> ProtektError | None:
    """Return the error of an answer, or None where it is none that a Protekt gives.

    Args:
        problem: The problem document (RFC 9457), as far as one came.
    """
    code = problem.get("code")
    is_unavailable = status in _UNAVAILABLE
    if not isinstance(code, str) and not is_unavailable:
        return None
    kind = Unavailable if is_unavailable else _CLASSES.get(str(code), ProtektError)
    error = kind(
        str(problem.get("detail") or f"the server answers with status {status}"),
        code=str(code or "store_unavailable"),
        reason=problem.get("reason"),
        status=status,
        hint=problem.get("hint"),
        end_reason=problem.get("endReason"),
    )
    if isinstance(error, RateLimited | Unavailable):
        seconds = headers.get("retry-after", "")
        error.retry_after = int(seconds) if seconds.isdigit() else 1
    return error
