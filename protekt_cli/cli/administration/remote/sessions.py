"""Sessions of a server, their devices, and the tokens that begin one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from protekt_cli.cli.addresses import parse_network
from protekt_cli.cli.administration import Ended, Json, Listed, Selectors, SessionQuery
from protekt_cli.cli.administration.own import Own
from protekt_cli.cli.administration.remote.server import Server, listed, plain, user_part
from protekt_cli.cli.lists import since
from protekt_cli.core.ids import Prefix, check_cut
from protekt_cli.errors import InvalidToken, NotFound
from protekt_cli.sdk.shapes import Session

#: Ids that one request names, and that a report does.
_MOST_IDS = 1000


class Sessions(Server):
    """What the commands of `sessions`, `devices` and `token` ask for."""

    def list_sessions(self, query: SessionQuery) -> Listed:
        if query.since is not None:
            since(query.since, self.now())  # the server reads it itself
        network = None if query.ip is None else str(parse_network(query.ip))
        return listed(
            lambda page: self.admin.list_sessions(
                user=query.user,
                device=query.device,
                status=query.status,
                ip=network,
                since=query.since,
                sort=query.sort,
                page=page,
            ),
            query.limit,
        )

    def get_session(self, session: str) -> Json:
        return plain(self.admin.get_session(check_cut(Prefix.SESSION, session)))

    def count_selected(self, selectors: Selectors) -> Ended:
        body = self._body(selectors)
        if body is None:
            return Ended(0, [])
        found = self._revoke(body, {"dryRun": True})
        if found.ids is None:
            return found
        sessions = self._named(body, found.ids)
        return found._replace(
            users=len({session["userId"] for session in sessions}),
            devices=len({session["device"]["id"] for session in sessions}),
        )

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        if note is None and selectors == Selectors(current=selectors.current):
            # By its own token that is a logout; the admin API has none.
            login = self.invocation.credentials().get_login()
            with Own(self.url, login) as own, suppress(InvalidToken):
                return own.log_out()
        body = self._body(selectors)
        if body is None:
            return Ended(0, [])
        if len(body.get("ids", ())) > _MOST_IDS:
            self._revoke(body, {"dryRun": True})  # a bad id ends nothing, as in one request
        return self._revoke(body, {} if note is None else {"reason": note})

    def _revoke(self, body: Json, how: Json) -> Ended:
        """End sessions, or count them, in as many requests as their ids need."""
        parts = [{"ids": part} for part in _parts(body["ids"])] if "ids" in body else [{}]
        answers = [self.admin.revoke_sessions({**body, **part, **how}) for part in parts]
        named = [answer["ids"] for answer in answers]
        count = sum(answer["revoked"] for answer in answers)
        return Ended(
            count,
            None if count > _MOST_IDS else [id_ for ids in named for id_ in ids or ()],
            [text for answer in answers for text in answer["notFound"]],
        )

    def _body(self, selectors: Selectors) -> Json | None:
        """Return the selectors as the server takes them; None where they exclude each other."""
        ids = selectors.ids
        if selectors.current is not None:
            if ids is not None and not any(map(selectors.current.startswith, ids)):
                return None
            ids = (selectors.current,)
        body = {
            "ids": None if ids is None else list(ids),
            "userId": selectors.user,
            "deviceId": selectors.device,
            "ip": None if selectors.ip is None else str(parse_network(selectors.ip)),
            "idleFor": selectors.idle_for,
            "all": selectors.all or None,
        }
        if selectors.others_than is not None:
            try:
                own = self.admin.get_session(selectors.others_than)
            except NotFound:
                return None
            user = selectors.user
            if user is not None and self.admin.get_user(user_part(user))["id"] != own["userId"]:
                return None
            body |= {"exceptIds": [own["id"]], "userId": own["userId"]}
        return {name: value for name, value in body.items() if value is not None}

    def _named(self, body: Json, ids: Sequence[str]) -> Iterable[Session]:
        """Return the sessions of these ids, which are all that a body selects."""
        if "ids" in body or len(ids) <= 1:
            return [self.admin.get_session(id_) for id_ in ids]
        candidates = self.admin.list_sessions(
            user=body.get("userId"),
            device=body.get("deviceId"),
            ip=body.get("ip"),
            sort="active",  # the longest unused first, which are those that --idle-for selects
        )
        # What is selected leads the list; what has gone meanwhile is not looked for to its end.
        wanted = set(ids)
        return [each for each in islice(candidates, 2 * _MOST_IDS) if each["id"] in wanted]

    def issue(
        self, user: str, *, ttl: int | None, claims: Mapping[str, Any], device: str | None
    ) -> Json:
        named = None if device is None else {"name": device}
        return plain(self.admin.create_session(user, ttl=ttl, claims=claims, device=named))

    def verify_token(self, token: str) -> Json:
        return plain(self.admin.verify_token(token))

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        return listed(lambda page: self.admin.list_devices(user=user, page=page), limit)

    def get_device(self, device: str) -> Json:
        return plain(self.admin.get_device(check_cut(Prefix.DEVICE, device)))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        return plain(self.admin.update_device(check_cut(Prefix.DEVICE, device), changes))

    def count_on_device(self, device: str) -> Ended:
        found = self.get_device(device)
        answer = self.admin.revoke_sessions({"deviceId": found["id"], "dryRun": True})
        return Ended(answer["revoked"], answer["ids"], users=1, devices=1)

    def revoke_device(self, device: str) -> Ended:
        found = self.get_device(device)
        answer = self.admin.revoke_sessions({"deviceId": found["id"]})
        self.admin.delete_device(found["id"])
        return Ended(answer["revoked"], answer["ids"])


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    """Split ids into as many as one request names; none are one request too."""
    starts = range(0, max(1, len(ids)), _MOST_IDS)
    return [ids[start : start + _MOST_IDS] for start in starts]
