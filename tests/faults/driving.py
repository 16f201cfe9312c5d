"""Requests to a real server, each compared with the reference model as soon as it is answered.

It holds the two side by side and asks both the same; what to ask next is the machine's choice.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults import answers, presenting
from tests.faults.answers import agree
from tests.faults.client import Answer, Server
from tests.faults.context import Context
from tests.faults.history import one
from tests.faults.installations import Settings
from tests.faults.listings import check_sessions
from tests.faults.model import AccessToken, Divergence, Refusal, Session
from tests.faults.span import Span
from tests.faults.world import Device, User, World

#: Well formed, and nobody's.
UNKNOWN_DEVICE = "dev_01h455vb4pex5vsknk084sn02q"


class Driver:
    """A server and the model of it, asked the same."""

    def __init__(self, server: Server, world: World, rows: Counter[str]) -> None:
        self.server = server
        self.world = world
        self.rows = rows
        self.offers = server.offers()

    @property
    def settings(self) -> Settings:
        """Return the settings that the server goes by now."""
        return self.world.settings

    def send(
        self,
        method: str,
        path: str,
        sender: Context,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        named: str | None = None,
    ) -> Answer:
        """Send a request from where the sender is; *named* is the device that its header names."""
        headers = {"User-Agent": sender.user_agent}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if named is not None:
            headers["X-Device-Id"] = named
        return self.server.request(method, path, body, headers=headers, source=sender.address)

    def log_in(
        self, user: User, sender: Context, *, password: str | None = None, is_header: bool = False
    ) -> Session | None:
        """Log a user in on the device that the sender names, or have it refused."""
        password = user.password if password is None else password
        body: dict[str, Any] = {"type": "password", "email": user.email, "password": password}
        body["slidingExpiration"] = True  # not heard without an API key
        if sender.device_id is not None and not is_header:
            body["device"] = {"id": sender.device_id}
        named = sender.device_id if is_header else None
        answer = self.send("POST", "/v1/sessions", sender, body, named=named)
        if not user.can_log_in or password != user.password:
            refused(answer, "invalid_credentials")
            self.world.count_refused_login(user)
            self.rows["login refused"] += 1
            return None
        agree(f"the status of {answer}", 201, answer.status)
        session = self.begin(answer.body, user, answer.now, sender.address, sender.user_agent)
        self._place(session, sender.device_id, answer.now)
        session.changes.append([one("session:create")])
        user.logins += 1
        self.rows["login"] += 1
        self.make_room(session, sender, answer.now)
        return session

    def begin(
        self, body: Any, user: User, now: Span, ip: str | None, agent: str | None, amr: str = "pwd"
    ) -> Session:
        """Take in a session that an answer tells of."""
        about = {"ip": ip, "user_agent": agent, "amr": (amr,), "is_sliding": False}
        session = answers.started(body, user.id, now, self.settings, **about)
        answers.granted(session, body, now, self.settings)
        self.world.sessions.append(session)
        return session

    def with_token(
        self,
        token: AccessToken,
        sender: Context,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        is_logout: bool = False,
    ) -> Answer:
        """Send a request with a bearer token; a refusal of the token is compared already."""
        answer = self.send(method, path, sender, body, token=token.text, named=sender.device_id)
        binding = token.session.binding(self.settings, sender.device_id, sender.address)
        code = answer.body["code"] if answer.status >= 400 else None
        if code == "invalid_request":
            presenting.leave_open(token, binding, answer.now, self.settings)
            return answer
        verdict = None
        if code == "invalid_token":
            refused(answer, "invalid_token")
            verdict = refusal_in(answer.body)
        presenting.take_in(
            token,
            verdict,
            binding.ignored() if is_logout else binding,
            answer.now,
            self.settings,
            is_use=None if code else True,
            is_logout=is_logout,
        )
        self.rows[f"access token: {verdict[0] if verdict else 'valid'}"] += 1
        return answer

    def _place(self, session: Session, device_id: str | None, now: Span) -> None:
        is_own = self.world.is_own_device(session.user_id, device_id, now, without=session)
        if (is_own is True and session.device_id != device_id) or (
            is_own is False and session.device_id in self.world.devices
        ):
            raise Divergence(f"{session} after a login on {device_id}, own: {is_own}")
        if session.device_id != device_id:
            self.world.devices[session.device_id] = Device(session.device_id, session.user_id)

    def make_room(self, session: Session, sender: Context, now: Span) -> None:
        """Find out, by the new session's own token, which sessions gave way to it."""
        most = self.settings.max_per_user
        own = self.world.of_user(session.user_id)
        if not most or len(self.world.may_be_alive(own, now)) <= most:
            return
        others = self.world.may_be_alive([other for other in own if other is not session], now)
        here = Context(session.device_id, sender.address, sender.user_agent)
        token = session.tokens[-1]
        answer = self.with_token(token, here, "GET", "/v1/sessions?status=all")
        agree(f"the status of {answer}", 200, answer.status)
        listed = answer.body["sessions"]
        ended = {body["id"] for body in listed if body["endReason"] == "session_limit"}
        self.world.make_room(session, ended & {other.id for other in others}, now)
        check_sessions(own, listed, answer.now, self.settings, has_all=True)
        self.rows["login over the limit"] += 1


def refused(answer: Answer, code: str) -> None:
    """Check a refusal: its status, its code, and the header that comes with it."""
    agree(f"the status of {answer}", 401, answer.status)
    agree(f"the code of {answer}", code, answer.body["code"])
    challenge = "Bearer" if code == "invalid_credentials" else 'Bearer error="invalid_token"'
    agree(f"the challenge of {answer}", challenge, answer.headers["www-authenticate"])


def refusal_in(body: dict[str, Any]) -> Refusal:
    """Return why a token was refused, and why its session ended where that is why."""
    return body["reason"], body.get("endReason")
