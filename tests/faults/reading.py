"""Requests that use an access token or ask about one, each compared with the reference model."""

from __future__ import annotations

from typing import Any

from tests.faults import answers, presenting
from tests.faults.answers import agree
from tests.faults.context import Context
from tests.faults.driving import UNKNOWN_DEVICE, Driver, refusal_in, refused
from tests.faults.listings import check_devices, check_sessions
from tests.faults.model import AccessToken, Divergence
from tests.faults.span import Span

_ASKER = Context(UNKNOWN_DEVICE, "127.0.2.2", "asker")  # who asks about others is never judged
_FORGER = Context(None, "127.0.0.1", "forger")


class Reading:
    """What is done with an access token that ends nothing."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def validate(self, token: AccessToken, device_id: str | None, ip: str | None) -> None:
        """Ask about an access token, and tell from which device and address it came."""
        body = {"sessionToken": token.text}
        body |= {"deviceId": device_id} if device_id is not None else {}
        body |= {"ip": ip} if ip is not None else {}
        answer = self._driver.send(
            "POST", "/v1/sessions/validate", _ASKER, body, named=UNKNOWN_DEVICE
        )
        agree("the status", 200, answer.status)
        verdict = None if answer.body["valid"] else refusal_in(answer.body)
        binding = token.session.binding(self._driver.settings, device_id, ip)
        presenting.take_in(token, verdict, binding, answer.now, self._driver.settings)
        self._driver.rows[f"access token: {verdict[0] if verdict else 'valid'}"] += 1
        if verdict is None:
            answers.shown(token.session, answer.body["session"], answer.now, self._driver.settings)
            agree("user.id", token.session.user_id, answer.body["user"]["id"])
            left = Span.at(token.expires) - answer.now
            answers.within("expiresIn", answer.body["expiresIn"], left | Span.at(max(0, left.last)))

    def look(self, token: AccessToken, sender: Context) -> None:
        """Ask for the session of a bearer token."""
        answer = self._driver.with_token(token, sender, "GET", "/v1/session")
        if answer.status == 200:
            answers.shown(token.session, answer.body["session"], answer.now, self._driver.settings)
            agree("current", True, answer.body["session"]["current"])
            agree("user.id", token.session.user_id, answer.body["user"]["id"])

    def list_sessions(
        self, token: AccessToken, sender: Context, *, has_all: bool
    ) -> list[dict[str, Any]]:
        """Ask for the sessions of a bearer token's user, and check each of them."""
        path = "/v1/sessions?status=all" if has_all else "/v1/sessions"
        answer = self._driver.with_token(token, sender, "GET", path)
        if answer.status != 200:
            return []
        listed: list[dict[str, Any]] = answer.body["sessions"]
        own = self._driver.world.of_user(token.session.user_id)
        check_sessions(own, listed, answer.now, self._driver.settings, has_all=has_all)
        marked = [body["id"] for body in listed if body["current"]]
        agree("the current sessions", [token.session.id], marked)
        return listed

    def list_devices(self, token: AccessToken, sender: Context) -> None:
        """Ask for the devices of a bearer token's user."""
        answer = self._driver.with_token(token, sender, "GET", "/v1/devices")
        if answer.status == 200:
            user_id = token.session.user_id
            check_devices(self._driver.world, user_id, answer.body["devices"], answer.now)

    def refuse_token(self, text: str, *reasons: str) -> None:
        """Present what is no access token."""
        answer = self._driver.send("GET", "/v1/session", _FORGER, token=text)
        refused(answer, "invalid_token")
        if answer.body["reason"] not in reasons:
            raise Divergence(f"{answer} to a forged access token, expected {reasons}")
        self._driver.rows[f"access token: forged, {answer.body['reason']}"] += 1
