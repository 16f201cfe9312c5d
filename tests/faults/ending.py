"""Requests that end sessions, each compared with the reference model.

Which sessions a selector means, what it calls their end, and whose it must not touch.
"""

from __future__ import annotations

from typing import Any

from tests.faults.answers import agree, within
from tests.faults.client import Answer
from tests.faults.context import Context
from tests.faults.driving import Driver, refused
from tests.faults.history import one
from tests.faults.model import GONE, AccessToken, Session
from tests.faults.span import Span

UNKNOWN_SESSION = "sess_01h455vb4pex5vsknk084sn02q"


class Ending:
    """The ways in which a user ends sessions over HTTP."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._world = driver.world

    def log_out(self, token: AccessToken, sender: Context, *, has_body: bool) -> None:
        """End the caller's own session, by no selector."""
        body: dict[str, Any] | None = {} if has_body else None
        answer = self._revoke(token, sender, body, is_logout=True)
        if answer.status == 200:
            agree("revoked", 1, answer.body["revoked"])
            self._end_own(token.session, "logout", answer.now)

    def revoke_session(
        self, token: AccessToken, sender: Context, session_id: str, *, by_path: bool
    ) -> None:
        """End one session by its id, as a member of the body or in the path."""
        is_logout = session_id == token.session.id
        if is_logout and not self._is_plain(token, sender):
            return  # whether a doubtful token of its own may do this is left open
        if by_path:
            path = f"/v1/sessions/{session_id}"
            answer = self._driver.with_token(token, sender, "DELETE", path)
        else:
            answer = self._revoke(token, sender, {"sessionId": session_id})
        if answer.status == 401:
            return
        target = self._target(token.session.user_id, session_id)
        if target is None or answer.status == 404:
            self._check_missing(answer, target)
            return
        if is_logout:
            self._end_own(target, "logout", answer.now)
            ended = Span(1, 1)
        else:
            ended = target.revoke("revoked", answer.now, self._driver.settings)
        self._check_count(answer, ended, by_path=by_path)

    def revoke_device(self, token: AccessToken, sender: Context, device_id: str) -> None:
        """End the sessions of a device, which stays."""
        if not self._is_plain(token, sender):
            return  # whether the body's device is then the sender's, too, is left open
        answer = self._revoke(token, sender, {"deviceId": device_id})
        if answer.status != 401 and self._has_device(token, device_id, answer, 200):
            self._check_count(answer, self._end_device(token, device_id, answer), by_path=False)

    def delete_device(self, token: AccessToken, sender: Context, device_id: str) -> None:
        """Delete a device, which ends its sessions."""
        path = f"/v1/devices/{device_id}"
        answer = self._driver.with_token(token, sender, "DELETE", path)
        if answer.status != 401 and self._has_device(token, device_id, answer, 204):
            self._end_device(token, device_id, answer)
            self._world.remove(device_id)

    def revoke_many(self, token: AccessToken, sender: Context, selector: str) -> None:
        """End all of the user's sessions, or all but the caller's."""
        answer = self._revoke(token, sender, {selector: True})
        if answer.status == 401:
            return
        own = token.session
        rest = [other for other in self._world.of_user(own.user_id) if other is not own]
        ended = self._world.end(rest, "revoked_all", answer.now)
        if selector == "all":
            self._end_own(own, "revoked_all", answer.now)
            ended = ended + 1
        self._check_count(answer, ended, by_path=False)

    def refuse_selectors(self, token: AccessToken, sender: Context, body: dict[str, Any]) -> None:
        """Ask for what is no selector, or two."""
        answer = self._revoke(token, sender, body)
        if answer.status != 401:
            agree(f"the status of {answer}", 400, answer.status)
            agree("the code", "invalid_request", answer.body["code"])

    def change_password(self, token: AccessToken, sender: Context, current: str, new: str) -> None:
        """Change the caller's password, which ends every session and makes a new one."""
        user = self._world.user(token.session.user_id)
        body = {"currentPassword": current, "newPassword": new}
        answer = self._driver.with_token(token, sender, "POST", "/v1/password", body)
        if answer.status == 401 and answer.body["code"] == "invalid_token":
            return
        if current != user.password:
            refused(answer, "invalid_credentials")
            user.refused_logins = Span(user.refused_logins.first, user.refused_logins.last + 1)
            return
        agree(f"the status of {answer}", 200, answer.status)
        own = token.session
        rest = [other for other in self._world.of_user(user.id) if other is not own]
        self._world.end(rest, "password_changed", answer.now)
        self._end_own(own, "password_changed", answer.now)
        user.password = new
        user.changes.append([one("user:password")])
        fresh = self._driver.begin(answer.body, user, answer.now, sender.address, sender.user_agent)
        agree("the device", own.device_id, fresh.device_id)
        fresh.changes.append([one("session:create")])
        self._driver.rows["password changed"] += 1

    def _revoke(
        self, token: AccessToken, sender: Context, body: Any, *, is_logout: bool = False
    ) -> Answer:
        return self._driver.with_token(
            token, sender, "POST", "/v1/sessions/revoke", body, is_logout=is_logout
        )

    def _is_plain(self, token: AccessToken, sender: Context) -> bool:
        binding = token.session.binding(self._driver.settings, sender.device_id, sender.address)
        second = self._driver.server.second()
        ages = token.ages(Span(second, second + 5), self._driver.settings.leeway)
        return not binding.recorded and ages == {None}

    def _end_own(self, session: Session, reason: str, now: Span) -> None:
        session.revoke(reason, now, self._driver.settings, is_known_alive=True)
        self._driver.rows[f"end: {reason}"] += 1

    def _target(self, user_id: str, session_id: str) -> Session | None:
        own = self._world.of_user(user_id)
        return next((session for session in own if session.id == session_id), None)

    def _check_missing(self, answer: Answer, target: Session | None) -> None:
        agree(f"the status of {answer}", 404, answer.status)
        agree("the code", "not_found", answer.body["code"])
        if target is not None:
            target.learn(GONE, answer.now, self._driver.settings)

    def _has_device(self, token: AccessToken, device_id: str, answer: Answer, status: int) -> bool:
        is_own = self._world.is_own_device(token.session.user_id, device_id, answer.now)
        if is_own is False or (is_own is None and answer.status == 404):
            agree(f"the status of {answer}", 404, answer.status)
            return False
        agree(f"the status of {answer}", status, answer.status)
        return True

    def _end_device(self, token: AccessToken, device_id: str, answer: Answer) -> Span:
        sessions = [each for each in self._world.of_device(device_id) if each is not token.session]
        ended = self._world.end(sessions, "device_revoked", answer.now)
        if token.session.device_id == device_id:
            self._end_own(token.session, "device_revoked", answer.now)
            ended = ended + 1
        return ended

    def _check_count(self, answer: Answer, ended: Span, *, by_path: bool) -> None:
        if by_path:
            agree(f"the status of {answer}", 204, answer.status)
            return
        agree(f"the status of {answer}", 200, answer.status)
        within("revoked", answer.body["revoked"], ended)
