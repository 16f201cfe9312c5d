"""A server, as the commands about one's own session ask it: over HTTP, by its own tokens.

An API key goes along only where the server lets nobody log in or renew without one: whoever shows
a key is taken for an app's backend, whose address is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

from protekt_cli.cli.administration import Ended
from protekt_cli.cli.administration.refusals import ReportingConnection
from protekt_cli.cli.servers import API_KEY, find_api_key
from protekt_cli.clock import Clock
from protekt_cli.core import jws, refresh_token
from protekt_cli.errors import EndReason, Failed, InvalidApiKey, InvalidToken, Reason
from protekt_cli.sdk.own import Own
from protekt_cli.sdk.visitor import Visitor

if TYPE_CHECKING:
    from protekt_cli.cli.credentials import Login
    from protekt_cli.cli.own.interface import Json

#: What is said of a token whose session is there no more.
_ENDED = (Reason.SESSION_REVOKED, Reason.SESSION_EXPIRED)
#: Ids that a report names; of more it gives the number alone.
_MOST_IDS = 1000


class Remote:
    """One server.

    Args:
        environ: Where an API key is, if one is needed.
    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self._url = url
        self._environ = environ
        self._connections: dict[tuple[str | None, ...], ReportingConnection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections.values():
            connection.close()

    @property
    def server(self) -> str:
        return self._url

    def now(self) -> int:
        return Clock().now().seconds

    def prepare(self) -> None:
        self._visitor().check_health()

    def log_in(self, email: str, password: str, *, device_id: str | None, name: str) -> Json:
        return self._visit(
            device_id, lambda visitor: visitor.log_in(email, password, device_name=name)
        )

    def refresh(self, token: str, *, device_id: str | None) -> Json:
        return self._visit(device_id, lambda visitor: visitor.refresh(token))

    def get_session(self, login: Login) -> Json:
        return cast("Json", self._own(login).get_session())

    def change_password(self, login: Login, *, current: str, new: str) -> tuple[Json, str | None]:
        # Whether the new one is weak is said in the server's log alone.
        return cast("Json", self._own(login).change_password(current, new)), None

    def count(self, login: Login, *, all_: bool) -> Ended:
        own = self._own(login)
        if all_:
            return _ended([session["id"] for session in own.list_sessions()])
        own.get_session()
        return _ended([login.session_id])

    def log_out(self, login: Login, *, all_: bool) -> Ended:
        own = self._own(login)
        if all_:
            active = self.count(login, all_=True)
            return active._replace(sessions=own.revoke_sessions(all=True))
        try:
            return _ended([login.session_id][: own.revoke_sessions()])
        except InvalidToken as refused:
            if refused.reason in (*_ENDED, Reason.UNKNOWN_SESSION):
                raise
        return self._give_back(login.refresh_token)

    def revoke_token(self, token: str) -> Ended:
        if token.startswith(refresh_token.PREFIX):
            return self._give_back(token)
        try:
            session_id = str(jws.parse(token).payload.get("sid"))
        except ValueError:
            raise InvalidToken(Reason.MALFORMED) from None
        try:
            return _ended([session_id][: self._bearing(token).revoke_sessions()])
        except InvalidToken as refused:
            if refused.reason not in _ENDED:
                raise
        return _ended([])

    def _give_back(self, token: str) -> Ended:
        """End the session of a refresh token, and find out whether there was one to be ended.

        The server does not say (RFC 7009 2.2). But then it refuses a token that it knows by how
        its session ended, and any other by what is wrong with it, and neither changes anything.
        """
        claimed = refresh_token.parse(token)
        if claimed is None:
            raise InvalidToken(Reason.MALFORMED)
        self._visitor().give_back(token)
        try:
            self.refresh(token, device_id=None)
        except InvalidToken as refused:
            if refused.reason not in _ENDED:
                raise
            return _ended([claimed.session_id] if refused.end_reason is EndReason.LOGOUT else [])
        except InvalidApiKey:
            return _ended([claimed.session_id])  # nobody is told without a key
        raise Failed(f"{self._url} says that it ended a session, which goes on")

    def _visit(self, device_id: str | None, ask: Callable[[Visitor], Mapping[str, Any]]) -> Json:
        try:
            return cast("Json", ask(self._visitor(device_id)))
        except InvalidApiKey as refused:
            key = find_api_key(self._environ)
            if key is None:
                refused.hint = f"set {API_KEY}: this server lets nobody in without one"
                raise
        return cast("Json", ask(self._visitor(device_id, key)))

    def _visitor(self, device_id: str | None = None, key: str | None = None) -> Visitor:
        return Visitor(self._connection(device_id=device_id, key=key))

    def _own(self, login: Login) -> Own:
        return self._bearing(login.access_token, login.device_id)

    def _bearing(self, token: str, device_id: str | None = None) -> Own:
        return Own(self._connection(device_id=device_id, token=token))

    def _connection(
        self, *, device_id: str | None, token: str | None = None, key: str | None = None
    ) -> ReportingConnection:
        """Return the way to the server by which these credentials go along."""
        credentials = (device_id, token, key)
        if credentials not in self._connections:
            headers = {
                "X-Device-Id": device_id,
                "Authorization": f"Bearer {token}" if token else None,
                "X-API-Key": key,
            }
            given = {name: value for name, value in headers.items() if value is not None}
            self._connections[credentials] = ReportingConnection(self._url, given)
        return self._connections[credentials]


def _ended(ids: Sequence[str]) -> Ended:
    return Ended(len(ids), ids if len(ids) <= _MOST_IDS else None)
