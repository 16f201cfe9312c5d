"""A server, as the admin commands ask it: over its admin API, with an API key.

What the server says no to is raised as the same problem that the database itself would raise, so
that exit codes and messages do not depend on where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar, cast

from protekt_cli.cli.administration import (
    Ended,
    EventQuery,
    Json,
    Listed,
    Selectors,
    SessionQuery,
)
from protekt_cli.cli.administration.refusals import reported
from protekt_cli.clock import Clock
from protekt_cli.sdk.admin import MOST, Admin

T = TypeVar("T")

#: Events that are read after each other before a stream is followed.
_LIVE = 30.0


class Remote:
    """One server."""

    def __init__(self, url: str, api_key: str) -> None:
        with reported():
            self._admin = Admin(url, api_key)

    def close(self) -> None:
        """Let go of every connection."""
        self._admin.close()

    def now(self) -> int:
        return Clock().now().seconds

    def prepare(self) -> None:
        with reported():
            self._admin.statistics()

    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json:
        with reported():
            return _json(
                self._admin.create_user(email, name=name, metadata=metadata, password=password)
            )

    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed:
        return _listed(
            lambda page: self._admin.list_users(status=status, search=search, page=page), limit
        )

    def get_user(self, user: str) -> Json:
        with reported():
            return _json(self._admin.get_user(user))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        with reported():
            return _json(self._admin.update_user(user, changes))

    def set_password(self, user: str, password: str) -> Json:
        with reported():
            self._admin.set_password(user, password)
            return _json(self._admin.get_user(user))

    def delete_user(self, user: str) -> None:
        with reported():
            self._admin.delete_user(user)

    def list_sessions(self, query: SessionQuery) -> Listed:
        return _listed(
            lambda page: self._admin.list_sessions(
                user=query.user,
                device=query.device,
                status=query.status,
                ip=query.ip,
                since=query.since,
                sort=query.sort,
                page=page,
            ),
            query.limit,
        )

    def get_session(self, session: str) -> Json:
        with reported():
            return _json(self._admin.get_session(session))

    def count_selected(self, selectors: Selectors) -> Ended:
        return self._revoke(selectors, dry_run=True)

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        return self._revoke(selectors, note=note)

    def _revoke(
        self, selectors: Selectors, *, note: str | None = None, dry_run: bool = False
    ) -> Ended:
        with reported():
            body = self._body(selectors)
            body |= {"dryRun": True} if dry_run else {}
            body |= {"reason": note} if note is not None else {}
            answer = self._admin.revoke_sessions(body)
        return Ended(answer["revoked"], answer["ids"], answer["notFound"])

    def _body(self, selectors: Selectors) -> Json:
        """Return the selectors as the server takes them, all of which must hold."""
        body: Json = {
            "ids": None if selectors.ids is None else list(selectors.ids),
            "userId": selectors.user,
            "deviceId": selectors.device,
            "ip": selectors.ip,
            "idleFor": selectors.idle_for,
            "all": selectors.all or None,
        }
        if selectors.current is not None:
            named = body["ids"] is None or selectors.current in body["ids"]
            body["ids"] = [selectors.current] if named else []
        if selectors.others_than is not None:
            own = self._admin.get_session(selectors.others_than)
            body["exceptIds"] = [own["id"]]
            if body["userId"] is None:
                body["userId"] = own["userId"]
            elif self._admin.get_user(body["userId"])["id"] != own["userId"]:
                body["ids"] = []
        return {name: value for name, value in body.items() if value is not None}

    def issue(
        self, user: str, *, ttl: int | None, claims: Mapping[str, Any], device: str | None
    ) -> Json:
        named = None if device is None else {"name": device}
        with reported():
            return _json(self._admin.create_session(user, ttl=ttl, claims=claims, device=named))

    def verify_token(self, token: str) -> Json:
        with reported():
            return self._admin.verify_token(token)

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        return _listed(lambda page: self._admin.list_devices(user=user, page=page), limit)

    def get_device(self, device: str) -> Json:
        with reported():
            return _json(self._admin.get_device(device))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        with reported():
            return _json(self._admin.update_device(device, changes))

    def count_on_device(self, device: str) -> Ended:
        with reported():
            found = self._admin.get_device(device)
            answer = self._admin.revoke_sessions({"deviceId": found["id"], "dryRun": True})
        return Ended(answer["revoked"], answer["ids"])

    def revoke_device(self, device: str) -> Ended:
        with reported():
            found = self._admin.get_device(device)
            answer = self._admin.revoke_sessions({"deviceId": found["id"]})
            self._admin.delete_device(found["id"])
        return Ended(answer["revoked"], answer["ids"])

    def list_keys(self, *, limit: int) -> Listed:
        return _listed(lambda page: self._admin.list_keys(), limit)

    def rotate_keys(self, *, algorithm: str | None) -> Json:
        with reported():
            return _json(self._admin.rotate_keys(algorithm=algorithm))

    def get_revocable_key(self, kid: str) -> Json:
        from protekt_cli.errors import AmbiguousId, Conflict, NotFound

        with reported():
            found = [key for key in self._admin.list_keys() if key["kid"].startswith(kid)]
        if not found:
            raise NotFound(f"there is no signing key {kid}")
        if len(found) > 1:
            raise AmbiguousId(f"{kid} is the beginning of {len(found)} signing keys")
        if found[0]["status"] == "active":
            raise Conflict(
                f"{found[0]['kid']} is the key that signs", hint="first run: protekt keys rotate"
            )
        return _json(found[0])

    def revoke_key(self, kid: str) -> Json:
        with reported():
            return _json(self._admin.revoke_key(kid))

    def jwks(self) -> Json:
        with reported():
            return self._admin.jwks()

    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json:
        with reported():
            return _json(self._admin.create_api_key(name, scope=scope, expires_in=expires_in))

    def list_api_keys(self, *, limit: int) -> Listed:
        return _listed(lambda page: self._admin.list_api_keys(), limit)

    def revoke_api_key(self, key: str) -> Json:
        from protekt_cli.errors import AmbiguousId, NotFound

        with reported():
            found = [each for each in self._admin.list_api_keys() if each["id"].startswith(key)]
            if not found:
                raise NotFound(f"there is no API key {key}")
            if len(found) > 1:
                raise AmbiguousId(f"{key} is the beginning of {len(found)} API keys")
            self._admin.revoke_api_key(found[0]["id"])
        return _json(found[0])

    def list_events(self, query: EventQuery) -> Listed:
        with reported():
            most = query.limit + 1 if query.limit else 0
            found = self._admin.list_events(
                most,
                type=query.type,
                user=query.user,
                session=query.session,
                since=query.since,
            )
        is_cut = bool(query.limit) and len(found) > query.limit
        shown = found[-query.limit :] if query.limit else found
        return Listed(cast("list[Json]", shown), is_cut)

    def follow_events(self, last: int) -> Iterator[Json | None]:
        after: int | None = None
        for event in self.list_events(EventQuery(limit=last)).items if last else ():
            after = event["seq"]
            yield event
        while True:
            with reported():
                for event in self._admin.follow_events(after=after or 0):
                    after = event["seq"]
                    yield _json(event)
                    yield None
            yield None  # the server ended the stream; it is asked again


def _listed(pages: Callable[[int], Iterable[Mapping[str, Any]]], limit: int) -> Listed:
    """Return the beginning of a list that is read page by page, none longer than is needed."""
    most = limit + 1 if limit else None
    with reported():
        found = list(islice(pages(min(MOST, most or MOST)), most))
    is_cut = most is not None and len(found) == most
    return Listed(cast("list[Json]", found[: limit or None]), is_cut)


def _json(answer: Mapping[str, Any]) -> Json:
    """Return a typed answer as the plain object that it is."""
    return cast("Json", answer)
