"""What a server says no to, as the problem that the database itself would raise.

The server's code decides, for both were made of the same list of problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from protekt_cli import errors
from protekt_cli.errors import EndReason, Problem, Reason, StoreUnavailable
from protekt_cli.sdk.errors import ProtektError, Unavailable


@contextmanager
def reported() -> Iterator[None]:
    """Raise what a server says within the block as a problem.

    Raises:
        Problem: The server refused something, or could not be reached.
    """
    try:
        yield
    except ProtektError as error:
        raise problem_of(error) from error


def problem_of(error: ProtektError) -> Problem:
    """Return the problem that an error of the client stands for."""
    if error.code == errors.Overloaded.code:
        return errors.Overloaded(error.message, hint=error.hint)
    if isinstance(error, Unavailable):
        hint = error.hint or "check the URL, and that the server runs"
        return StoreUnavailable(error.message, hint=hint)
    match error.code:
        case errors.InvalidCredentials.code:
            return errors.InvalidCredentials()
        case errors.RefreshReused.code:
            return errors.RefreshReused()
        case errors.InvalidToken.code if error.reason in set(Reason):
            ended = EndReason(error.end_reason) if error.end_reason in set(EndReason) else None
            return errors.InvalidToken(Reason(error.reason), end_reason=ended, hint=error.hint)
        case errors.RateLimited.code:
            return errors.RateLimited(getattr(error, "retry_after", 1))
    kind = _KINDS.get(error.code)
    if kind is None:
        return errors.Failed(error.message, hint=error.hint)
    return kind(error.message, hint=error.hint)


_KINDS = {
    kind.code: kind
    for kind in (
        errors.InvalidRequest,
        errors.AmbiguousId,
        errors.InvalidApiKey,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
    )
}
