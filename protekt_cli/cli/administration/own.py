"""One's own sessions and devices on a server, as the commands that show and end them ask for them.

The server gives and ends only what is its caller's own; which of those a filter selects is found
out here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, Self, cast

from protekt_cli.cli.addresses import parse_network
from protekt_cli.cli.administration import Ended, Json, Listed, Selectors, SessionQuery
from protekt_cli.cli.administration.refusals import ReportingConnection
from protekt_cli.cli.credentials import Login
from protekt_cli.cli.lists import since
from protekt_cli.clock import Clock
from protekt_cli.core.ids import Prefix, check_cut, the_one
from protekt_cli.core.networks import Network
from protekt_cli.errors import InvalidToken, NotFound, Usage
from protekt_cli.sdk import own
from protekt_cli.sdk.shapes import Session

#: Ids that a report names; of more it gives the number alone.
_MOST_IDS = 1000
_ORDERS: dict[str, Callable[[Session], Any]] = {
    "created": lambda session: session["id"],  # ids sort by creation
    "active": lambda session: (session["lastActiveAt"], session["id"]),
    "expires": lambda session: (session["expiresAt"], session["id"]),
    "user": lambda session: session["id"],  # it is one and the same
}


class Own:
    """One server, by the login that is stored for it."""

    def __init__(self, url: str, login: Login) -> None:
        self._url = url
        self._login = login
        headers = {
            "Authorization": f"Bearer {login.access_token}",
            "X-Device-Id": login.device_id,
        }
        self._own = own.Own(ReportingConnection(url, headers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._own.close()
        if isinstance(error, InvalidToken):
            error.hint = f"log in again: protekt --server {self._url} login"

    def now(self) -> int:
        """Return what time this machine has: a server goes by the same."""
        return Clock().now().seconds

    def prepare(self) -> None:
        """Fail now where the login is none any more."""
        self._own.list_sessions()

    def list_sessions(self, query: SessionQuery) -> Listed:
        _refuse_user(query.user)
        found = self._own.list_sessions(every_status=query.status != "active")
        if query.status != "all":
            found = [session for session in found if session["status"] == query.status]
        found = self._narrowed(found, device=query.device, ip=query.ip)
        if query.since is not None:
            start = since(query.since, self.now())
            found = [session for session in found if session["lastActiveAt"] >= start]
        order = _ORDERS[query.sort.removeprefix("-")]
        found.sort(key=order, reverse=query.sort.startswith("-"))
        return _listed(found, query.limit)

    def get_session(self, session: str) -> Json:
        return cast(Json, _find(session, self._own.list_sessions(every_status=True)))

    def count_selected(self, selectors: Selectors) -> Ended:
        sessions, not_found = self._selected(selectors)
        return Ended(
            len(sessions),
            _named(sessions),
            not_found,
            users=min(1, len(sessions)),
            devices=len({session["device"]["id"] for session in sessions}),
        )

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        if note is not None:
            raise Usage(
                "--reason is an administrator's",
                hint="leave it out, or set PROTEKT_API_KEY",
            )
        sessions, not_found = self._selected(selectors)
        ids = _named(sessions)
        if selectors == Selectors(all=True):
            return Ended(self._own.revoke_sessions(all=True), ids)
        if selectors == Selectors(others_than=selectors.others_than):
            return Ended(self._own.revoke_sessions(others=True), ids)
        if selectors == Selectors(device=selectors.device):
            device = self._device(selectors.device or "")
            return Ended(self._own.revoke_sessions(deviceId=device["id"]), ids)
        # One's own is the last to end: its token is what the others are ended by.
        for session in sorted(sessions, key=lambda each: each["id"] == self._login.session_id):
            self._own.revoke_sessions(sessionId=session["id"])
        return Ended(len(sessions), ids, not_found)

    def log_out(self) -> Ended:
        """End the session of the login itself, with an expired token too."""
        return Ended(self._own.revoke_sessions(), [self._login.session_id])

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        _refuse_user(user)
        return _listed(self._own.list_devices(), limit)

    def get_device(self, device: str) -> Json:
        return self._device(device)

    def count_on_device(self, device: str) -> Ended:
        return self.count_selected(Selectors(device=device))

    def revoke_device(self, device: str) -> Ended:
        found = self.count_on_device(device)
        self._own.delete_device(self._device(device)["id"])
        return found

    def _device(self, text: str) -> Json:
        start = check_cut(Prefix.DEVICE, text)
        found = {device["id"]: device for device in self._own.list_devices()}
        whole = the_one(Prefix.DEVICE, text, [id_ for id_ in found if id_.startswith(start)])
        return cast(Json, found[whole])

    def _selected(self, selectors: Selectors) -> tuple[list[Session], list[str]]:
        """Return the active sessions of a selection, and the ids that none of one's own has."""
        _refuse_user(selectors.user)
        found, not_found = self._own.list_sessions(), []
        if selectors.ids is not None:
            everything, named = self._own.list_sessions(every_status=True), set()
            for text in selectors.ids:
                try:
                    named.add(_find(text, everything)["id"])
                except NotFound:
                    not_found.append(text)
            found = [session for session in found if session["id"] in named]
        if selectors.current is not None:
            found = [session for session in found if session["id"] == selectors.current]
        if selectors.others_than is not None:
            found = [session for session in found if session["id"] != selectors.others_than]
        if selectors.idle_for is not None:
            latest = self.now() - selectors.idle_for
            found = [session for session in found if session["lastActiveAt"] <= latest]
        return self._narrowed(found, device=selectors.device, ip=selectors.ip), not_found

    def _narrowed(
        self, sessions: list[Session], *, device: str | None, ip: str | None
    ) -> list[Session]:
        if device is not None:
            device_id = self._device(device)["id"]
            sessions = [each for each in sessions if each["device"]["id"] == device_id]
        if ip is not None:
            network = parse_network(ip)
            sessions = [each for each in sessions if _is_within(each["ip"], network)]
        return sessions


def _refuse_user(user: str | None) -> None:
    if user is not None:
        raise Usage(
            "--user is an administrator's: without an API key only your own is there",
            hint="leave it out, or set PROTEKT_API_KEY",
        )


def _find(text: str, sessions: Sequence[Session]) -> Session:
    start = check_cut(Prefix.SESSION, text)
    found = {session["id"]: session for session in sessions}
    whole = the_one(Prefix.SESSION, text, [id_ for id_ in found if id_.startswith(start)])
    return found[whole]


def _named(sessions: Sequence[Session]) -> list[str] | None:
    """Return the ids of sessions, where they are not too many to be named."""
    return [each["id"] for each in sessions] if len(sessions) <= _MOST_IDS else None


def _is_within(address: str | None, network: Network) -> bool:
    return address is not None and ip_address(address) in network


def _listed(items: Sequence[Any], limit: int) -> Listed:
    return Listed(items[: limit or None], is_cut=bool(limit) and len(items) > limit)
