"""One's own sessions and devices, one method a call: by the access token of one of the sessions."""

from __future__ import annotations

from typing import Any, Self

from protekt_cli.sdk.connection import Client, Connection, segment
from protekt_cli.sdk.shapes import (
    Count,
    Device,
    OwnDevices,
    OwnSession,
    OwnSessions,
    Session,
    SessionResponse,
)


class Own(Client):
    """A server, as one of its users sees it.

    Every method raises a `ProtektError` for what the server refuses, and where it gives no answer.

    Args:
        connection: The way to the server, with an access token.
    """

    @classmethod
    def at(cls, url: str, access_token: str, device_id: str) -> Self:
        """Return the server at a URL, by an access token and the device that its session is of."""
        headers = {"Authorization": f"Bearer {access_token}", "X-Device-Id": device_id}
        return cls(Connection(url, headers))

    def get_session(self) -> OwnSession:
        """Return the session itself, and whose it is."""
        answer = self._connection.request("GET", "/v1/session")
        return self._connection.checked(OwnSession, answer)

    def change_password(self, current: str, new: str) -> SessionResponse:
        """Change the password: every session ends, and this is the one that begins instead."""
        body = {"currentPassword": current, "newPassword": new}
        answer = self._connection.request("POST", "/v1/password", body=body)
        return self._connection.checked(SessionResponse, answer)

    def list_sessions(self, *, every_status: bool = False) -> list[Session]:
        """Return the active sessions, newest first, or those that have ended too."""
        query = {"status": "all" if every_status else None}
        answer = self._connection.request("GET", "/v1/sessions", query=query)
        found = self._connection.checked(OwnSessions, answer)
        return [self._connection.checked(Session, each) for each in found["sessions"]]

    def revoke_sessions(self, **selector: Any) -> int:
        """End this session, or of one's own those of one selector; return how many.

        Args:
            selector: `sessionId`, `deviceId`, `others` (True) or `all` (True).
        """
        answer = self._connection.request("POST", "/v1/sessions/revoke", body=selector)
        return self._connection.checked(Count, answer)["revoked"]

    def list_devices(self) -> list[Device]:
        """Return the devices, newest first."""
        answer = self._connection.request("GET", "/v1/devices")
        found = self._connection.checked(OwnDevices, answer)
        return [self._connection.checked(Device, each) for each in found["devices"]]

    def delete_device(self, device: str) -> None:
        """End the sessions of a device, and remove it."""
        self._connection.request("DELETE", f"/v1/devices/{segment(device)}")
