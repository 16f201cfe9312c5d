"""What HTTP itself refuses, and how any refusal is written down (RFC 9457).

A problem document repeats what the error says and adds nothing: what went wrong inside, a path
or a traceback, stays in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from protekt_cli.errors import InvalidToken, Problem, Reason, RefreshReused, StoreUnavailable
from protekt_cli.server.answer import NO_STORE, Answer, Header

_CHALLENGE = (b"www-authenticate", b"Bearer")
_TOKEN_CHALLENGE = (b"www-authenticate", b'Bearer error="invalid_token"')


class MethodNotAllowed(Problem):
    """The path is there, and does not take this method."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allow: Iterable[str]) -> None:
        self.allow = ", ".join(sorted(allow))
        super().__init__("this path does not take that method", hint=f"it takes {self.allow}")


class UnknownMethod(Problem):
    """No path takes this method (RFC 9110, 9.1)."""

    code = "method_not_allowed"
    status = 501

    def __init__(self) -> None:
        super().__init__("that method is not known here")


class RequestTimeout(Problem):
    """The body did not come in time."""

    code = "request_timeout"
    status = 408

    def __init__(self) -> None:
        super().__init__("the body took too long to come")


class PayloadTooLarge(Problem):
    """The body is larger than `server.max_body_bytes`."""

    code = "payload_too_large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")


class UriTooLong(Problem):
    """The request target, path and query, is too long."""

    code = "uri_too_long"
    status = 414

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request target is longer than {limit} bytes")


class UnsupportedMediaType(Problem):
    """The body is not what this path reads."""

    code = "unsupported_media_type"
    status = 415


class MisdirectedRequest(Problem):
    """The request is for a host that is not served here."""

    code = "misdirected_request"
    status = 421

    def __init__(self) -> None:
        super().__init__(
            "this host is not served here",
            hint="whoever runs the server can name it in server.allowed_hosts",
        )


class Internal(Problem):
    """A bug. The log has the traceback, under the request's id."""

    def __init__(self) -> None:
        super().__init__("something went wrong here; the server's log has it under the request id")


def problem_answer(problem: Problem, request_id: str) -> Answer:
    """Return *problem* as `application/problem+json`, with the headers that belong to it."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail_of(problem),
        "code": problem.code,
        "hint": None if isinstance(problem, StoreUnavailable) else problem.hint,
        **_token_members(problem),
        "requestId": request_id,
    }
    return Answer.json(
        problem.status, document, headers_of(problem), media_type=b"application/problem+json"
    )


def detail_of(problem: Problem) -> str:
    """Return what a client may read of it."""
    # Such a message names files of this machine: it is for the log.
    if isinstance(problem, StoreUnavailable):
        return "the store cannot be used just now"
    return problem.message


def _token_members(problem: Problem) -> dict[str, Any]:
    if isinstance(problem, InvalidToken):
        return {"reason": problem.reason, "endReason": problem.end_reason}
    return {}


def headers_of(problem: Problem) -> list[Header]:
    """Return the headers that belong to it, whichever way it is written down."""
    headers = [NO_STORE]
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers.append(_TOKEN_CHALLENGE if _names_a_token(problem) else _CHALLENGE)
    if isinstance(problem, MethodNotAllowed):
        headers.append((b"allow", problem.allow.encode()))
    if isinstance(problem, RequestTimeout):
        # Otherwise the server goes on waiting for the rest (RFC 9110, 15.5.9).
        headers.append((b"connection", b"close"))
    retry_after = getattr(problem, "retry_after", None)
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    return headers


def _names_a_token(problem: Problem) -> bool:
    """Whether a token was refused, rather than none presented (RFC 6750, 3.1)."""
    if isinstance(problem, InvalidToken):
        return problem.reason is not Reason.MISSING
    return isinstance(problem, RefreshReused)
