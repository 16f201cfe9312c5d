"""What the commands about one's own session ask for: they do not know of whom.

Answers are the JSON objects of the public interface; what is refused is a `Problem`, wherever it
is. Nothing here reads or writes what is stored on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from protekt_cli.cli.administration import Ended
    from protekt_cli.cli.credentials import Login

Json = dict[str, Any]


class Own(Protocol):
    """One installation, as somebody who logs in to it sees it."""

    @property
    def server(self) -> str | None:
        """The URL of the server; None for the database itself."""

    def now(self) -> int:
        """Return what time it is, in Unix seconds."""

    def prepare(self) -> None:
        """Fail now where a login would fail: before anything is typed in vain."""

    def log_in(self, email: str, password: str, *, device_id: str | None, name: str) -> Json:
        """Return the session response of a new session.

        Args:
            device_id: The device that this machine is, if it is one yet.
            name: What it is called, if it is none yet.
        """

    def refresh(self, token: str, *, device_id: str | None) -> Json:
        """Return the session response that a refresh token yields."""

    def get_session(self, login: Login) -> Json:
        """Return the session and the user of a login: `{session, user}`; a use of it.

        Raises:
            InvalidToken: Its access token is refused.
        """

    def change_password(self, login: Login, *, current: str, new: str) -> tuple[Json, str | None]:
        """Return the session that takes the place of all others, and what is weak, if anything.

        Raises:
            InvalidCredentials: The current password is wrong.
        """

    def count(self, login: Login, *, all_: bool) -> Ended:
        """Return what `log_out` would end, and end nothing."""

    def log_out(self, login: Login, *, all_: bool) -> Ended:
        """End the session of a login, or all of its user's.

        Raises:
            InvalidToken: There is nothing to be ended by it.
        """

    def revoke_token(self, token: str) -> Ended:
        """End the session of an access or refresh token, as logging out does.

        Raises:
            InvalidToken: It is none.
        """
