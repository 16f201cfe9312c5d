"""What is wrong, as OAuth clients read it (RFC 6749 5.2): `error` and `error_description`.

Beside them stand the `code` and `reason` that every other path of this server gives, so that
nobody has to learn two vocabularies.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from protekt_cli.errors import InvalidApiKey, InvalidRequest, Problem
from protekt_cli.server.answer import Answer, Header
from protekt_cli.server.problems import detail_of, headers_of

#: HTTP/1.0's word for `Cache-Control: no-store`, which RFC 6749 (5.1) wants beside it.
PRAGMA: Header = (b"pragma", b"no-cache")

_CHALLENGE = b"www-authenticate"
#: What RFC 6749 (5.2) has no place for in a description.
_UNSPEAKABLE = re.compile(r"[^ !#-\[\]-~]")
#: By our own codes; any other is an invalid request.
_ERRORS = {
    "invalid_api_key": "invalid_client",
    "invalid_token": "invalid_grant",
    "refresh_reused": "invalid_grant",
    "forbidden": "unauthorized_client",
    "rate_limited": "temporarily_unavailable",
    "overloaded": "temporarily_unavailable",
    "store_unavailable": "temporarily_unavailable",
    "failed": "server_error",
}


class InvalidClient(InvalidApiKey):
    """The client did not authenticate, or not as itself."""

    def __init__(self, message: str, *, by_basic: bool) -> None:
        super().__init__(message)
        #: Whether it tried so, and is told that it may again (RFC 6749 5.2).
        self.by_basic = by_basic


class UnsupportedGrantType(InvalidRequest):
    """The token endpoint gives nothing for that."""


def write(problem: Problem, _: str) -> Answer:
    """Return *problem* as the OAuth endpoints answer it."""
    error = _ERRORS.get(problem.code, "invalid_request")
    if isinstance(problem, UnsupportedGrantType):
        error = "unsupported_grant_type"
    status = HTTPStatus.BAD_REQUEST if error == "invalid_grant" else HTTPStatus(problem.status)
    document = {
        "error": error,
        "error_description": _UNSPEAKABLE.sub("'", detail_of(problem)),
        "code": problem.code,
        "reason": getattr(problem, "reason", None),
        "end_reason": getattr(problem, "end_reason", None),
    }
    headers = [header for header in headers_of(problem) if header[0] != _CHALLENGE]
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append((_CHALLENGE, _challenge(problem)))
    return Answer.json(status, document, (*headers, PRAGMA))


def _challenge(problem: Problem) -> bytes:
    if isinstance(problem, InvalidClient) and problem.by_basic:
        return b'Basic realm="protekt"'
    return b"Bearer"
