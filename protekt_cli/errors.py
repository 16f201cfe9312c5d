"""The error tree: every way in which Protekt says no, each with one stable code.

A class is a thing that a caller can act on. What an edge makes of it (an HTTP status, an exit
code) stands beside the code, so that the two faces cannot drift apart. Messages are lower case,
name the thing, and never hold a token, a password or a digest.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    """Why a token is refused, in the order in which the faults are looked for."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_TYPE = "wrong_type"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    NOT_YET_VALID = "not_yet_valid"
    TOKEN_EXPIRED = "token_expired"
    UNKNOWN_SESSION = "unknown_session"
    SESSION_REVOKED = "session_revoked"
    SESSION_EXPIRED = "session_expired"
    BINDING_MISMATCH = "binding_mismatch"
    IP_MISMATCH = "ip_mismatch"


class EndReason(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    REVOKED_ALL = "revoked_all"
    DEVICE_REVOKED = "device_revoked"
    REVOKED = "revoked"
    REUSE_DETECTED = "reuse_detected"
    PASSWORD_CHANGED = "password_changed"
    USER_DISABLED = "user_disabled"
    SESSION_LIMIT = "session_limit"
    IDLE_TIMEOUT = "idle_timeout"
    REFRESH_EXPIRED = "refresh_expired"
    ABSOLUTE_TIMEOUT = "absolute_timeout"
    RISK = "risk"


class Problem(Exception):
    """The root: a message for people, a stable `code` for programs, and perhaps a hint."""

    code: ClassVar[str] = "failed"
    #: HTTP status of the answer.
    status: ClassVar[int] = 500
    #: Exit code of the command.
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Failed(Problem):
    """Something outside the other classes: the command could not do its work."""


class Usage(Problem):
    """The command line was not understood."""

    code = "usage"
    exit_code = 2


class InvalidConfig(Problem):
    """A setting is unknown, of the wrong type, impossible, or not in this version."""

    code = "invalid_config"
    exit_code = 2


class InvalidRequest(Problem):
    """The request itself is wrong; repeating it cannot help."""

    code = "invalid_request"
    status = 400
    exit_code = 2


class AmbiguousId(Problem):
    """A cut id fits more than one thing, or is too short to be looked up."""

    code = "ambiguous_id"
    status = 400
    exit_code = 2


class InvalidCredentials(Problem):
    """The e-mail or the password is wrong, or the user may not log in: never which of them."""

    code = "invalid_credentials"
    status = 401
    exit_code = 4

    def __init__(self) -> None:
        super().__init__("the e-mail or the password is wrong")


class InvalidApiKey(Problem):
    """The API key is unknown, expired or revoked, or one is needed and none came."""

    code = "invalid_api_key"
    status = 401
    exit_code = 4


class InvalidToken(Problem):
    """The access or refresh token is refused, for `reason`."""

    code = "invalid_token"
    status = 401
    exit_code = 4

    def __init__(
        self, reason: Reason, *, end_reason: EndReason | None = None, hint: str | None = None
    ) -> None:
        super().__init__(_TOKEN_MESSAGES[reason], hint=hint)
        self.reason = reason
        #: Why the session ended, where `reason` says that it did.
        self.end_reason = end_reason


class RefreshReused(Problem):
    """A refresh token was presented again after its time; its session has been revoked."""

    code = "refresh_reused"
    status = 401
    exit_code = 4

    def __init__(self) -> None:
        super().__init__(
            "this refresh token was used before; its session has been revoked",
            hint="log in again",
        )


class Forbidden(Problem):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 4


class NotFound(Problem):
    """There is no such thing, or it is somebody else's."""

    code = "not_found"
    status = 404
    exit_code = 3


class Conflict(Problem):
    """It is there already, or is in a state that does not allow this."""

    code = "conflict"
    status = 409
    exit_code = 5


class RateLimited(Problem):
    """Too many tries failed; the next is not even looked at before `retry_after` seconds."""

    code = "rate_limited"
    status = 429
    exit_code = 4

    def __init__(self, retry_after: int, *, hint: str | None = None) -> None:
        super().__init__("too many tries with a wrong password", hint=hint)
        self.retry_after = retry_after


class Overloaded(Problem):
    """There is no room for more: passwords that wait to be hashed, or streams that are open."""

    code = "overloaded"
    status = 503
    exit_code = 6

    #: Seconds after which another try makes sense.
    retry_after: ClassVar[int] = 1


class StoreUnavailable(Problem):
    """The database or the master key is missing, busy, damaged, or not to be written."""

    code = "store_unavailable"
    status = 503
    exit_code = 6

    #: Seconds after which another try makes sense.
    retry_after: ClassVar[int] = 1


_TOKEN_MESSAGES = {
    Reason.MISSING: "no token came with the request",
    Reason.MALFORMED: "the token is malformed",
    Reason.UNKNOWN_KEY: "no key that may verify this token is known here",
    Reason.BAD_SIGNATURE: "the token's signature does not verify",
    Reason.WRONG_TYPE: "the token is not an access token",
    Reason.WRONG_ISSUER: "the token is from another issuer",
    Reason.WRONG_AUDIENCE: "the token is for another audience",
    Reason.NOT_YET_VALID: "the token is not valid yet",
    Reason.TOKEN_EXPIRED: "the access token has expired",
    Reason.UNKNOWN_SESSION: "the token's session is not known here",
    Reason.SESSION_REVOKED: "the session has been revoked",
    Reason.SESSION_EXPIRED: "the session has expired",
    Reason.BINDING_MISMATCH: "the session belongs to another device",
    Reason.IP_MISMATCH: "the session belongs to another network",
}
