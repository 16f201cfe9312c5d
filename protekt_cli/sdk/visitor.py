"""What needs no session yet, one method a call: to log in, to renew, to give a token back."""

from __future__ import annotations

from typing import Any, Self

from protekt_cli.sdk.connection import Client, Connection
from protekt_cli.sdk.shapes import Health, SessionResponse


class Visitor(Client):
    """A server, as whoever comes to it sees it.

    Every method raises a `ProtektError` for what the server refuses, and where it gives no answer.

    Args:
        connection: The way to the server; with the device that comes, where the server has given
            it an id, and with an API key, where nobody may log in without one.
    """

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the server at a URL, such as http://127.0.0.1:8787."""
        return cls(Connection(url, {}))

    def check_health(self) -> None:
        """Find out whether there is a server that answers."""
        self._connection.checked(Health, self._connection.request("GET", "/healthz"))

    def log_in(
        self, email: str, password: str, *, device_name: str | None = None
    ) -> SessionResponse:
        """Return the tokens of a new session.

        Args:
            device_name: What the device is called, where it is a new one.
        """
        body: dict[str, Any] = {"type": "password", "email": email, "password": password}
        if device_name is not None:
            body["device"] = {"name": device_name}
        return self._response("/v1/sessions", body)

    def refresh(self, refresh_token: str) -> SessionResponse:
        """Return a new access token, and the refresh token's successor."""
        return self._response("/v1/sessions/refresh", {"refreshToken": refresh_token})

    def give_back(self, token: str) -> None:
        """End the session of a token (RFC 7009); the server does not say whether there was one."""
        self._connection.request("POST", "/oauth/revoke", form={"token": token})

    def _response(self, path: str, body: dict[str, Any]) -> SessionResponse:
        answer = self._connection.request("POST", path, body=body)
        return self._connection.checked(SessionResponse, answer)
