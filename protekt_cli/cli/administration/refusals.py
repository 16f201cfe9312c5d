"""What a server says no to, as the problem that the database itself would raise.

The server's code decides, for both were made of the same list of problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from protekt_cli import __version__, errors
from protekt_cli.errors import EndReason, Problem, Reason, StoreUnavailable
from protekt_cli.sdk.connection import Connection
from protekt_cli.sdk.errors import ProtektError, Unavailable
from protekt_cli.sdk.frames import Frame

T = TypeVar("T")


class ReportingConnection(Connection):
    """The way to a server, whose refusals are problems."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        with reported():
            super().__init__(url, {"User-Agent": f"protekt/{__version__}", **headers})

    def request(self, *arguments: Any, **named: Any) -> Any:
        """Return the JSON of an answer.

        Raises:
            Problem: The server refused it, or could not be reached.
        """
        with reported():
            return super().request(*arguments, **named)

    def checked(self, kind: type[T], answer: Any) -> T:
        """Return an answer that has the members of *kind*.

        Raises:
            Failed: It has not.
        """
        with reported():
            return super().checked(kind, answer)

    def events(self, *arguments: Any, **named: Any) -> Iterator[Frame]:
        """Yield what a stream says.

        Raises:
            Problem: The server refused it, or was lost.
        """
        with reported():
            yield from super().events(*arguments, **named)


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
    match error.code:
        case errors.Overloaded.code:
            return errors.Overloaded(error.message, hint=error.hint)
        case errors.InvalidCredentials.code:
            return errors.InvalidCredentials()
        case errors.RefreshReused.code:
            return errors.RefreshReused()
        case errors.InvalidToken.code if error.reason in set(Reason):
            ended = EndReason(error.end_reason) if error.end_reason in set(EndReason) else None
            return errors.InvalidToken(Reason(error.reason), end_reason=ended, hint=error.hint)
        case errors.RateLimited.code:
            return errors.RateLimited(getattr(error, "retry_after", 1), hint=error.hint)
    if isinstance(error, Unavailable):
        return StoreUnavailable(error.message, hint=_hint_of(error))
    kind = _KINDS.get(error.code, errors.Failed)
    return kind(error.message, hint=error.hint)


def _hint_of(error: Unavailable) -> str:
    """Say what to do where no answer came, or one that names nothing of the server's machine."""
    if error.status is None and "certificate" in error.message:
        return "SSL_CERT_FILE names a file with a certificate to trust"
    if error.status is None:
        return "check the URL, and that the server runs"
    return f"try again in {error.retry_after} s; the server's own log says what is wrong"


_KINDS: dict[str, type[Problem]] = {
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
