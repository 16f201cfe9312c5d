"""Sessions of the database itself, their devices, and the tokens that begin one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protekt_cli.cli.administration import Ended, Json, Listed, Selectors, SessionQuery
from protekt_cli.cli.administration.local.database import Database, user_of
from protekt_cli.engine.representation import device_json, session_json

if TYPE_CHECKING:
    from protekt_cli.core.networks import Network
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.revocation import Report, Selection
    from protekt_cli.models import Device, Session
    from protekt_cli.store.database import Transaction, View
    from protekt_cli.store.sessions import Filter


class Sessions(Database):
    """What the commands of `sessions`, `devices` and `token` ask for."""

    def list_sessions(self, query: SessionQuery) -> Listed:
        from protekt_cli.store import sessions

        def find(view: View, most: int | None) -> list[tuple[Session, int]]:
            found = sessions.list_matching(view, _filter(view, query), most, query.sort)
            return [(session, view.now.seconds) for session in found]

        return self.listed(find, lambda found: session_json(*found, with_note=True), query.limit)

    def get_session(self, session: str) -> Json:
        from protekt_cli.engine import sessions

        found, now = self.read(lambda view: (sessions.get(view, session), view.now.seconds))
        return session_json(found, now, with_note=True)

    def count_selected(self, selectors: Selectors) -> Ended:
        from protekt_cli.engine import revocation

        return ended(
            self.read(lambda view: revocation.find_selected(view, _selection(view, selectors)))
        )

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        from protekt_cli.engine import events, revocation

        self.prepare()
        selection = self.read(lambda view: _selection(view, selectors))
        return ended(revocation.revoke(self.engine, selection, actor=events.CLI, note=note))

    def issue(
        self, user: str, *, ttl: int | None, claims: Mapping[str, Any], device: str | None
    ) -> Json:
        from protekt_cli.engine import events, sessions
        from protekt_cli.engine.representation import grant_json

        return grant_json(
            self.change(
                lambda engine, transaction: sessions.issue(
                    engine,
                    transaction,
                    user_of(transaction, user),
                    claims=claims,
                    access_ttl=ttl,
                    device_name=device,
                    actor=events.CLI,
                )
            )
        )

    def verify_token(self, token: str) -> Json:
        from protekt_cli.engine import validation
        from protekt_cli.engine.representation import validation_json

        engine = self.engine
        found = engine.read(lambda view: validation.look(engine, view, token)).validation
        return validation_json(found)

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        from protekt_cli.store import devices

        def find(view: View, most: int | None) -> list[tuple[Device, int]]:
            user_id = user_of(view, user).id if user is not None else None
            return devices.list_counted(view, user_id=user_id, limit=most)

        return self.listed(find, lambda found: device_json(*found), limit)

    def get_device(self, device: str) -> Json:
        from protekt_cli.engine import devices

        return self.read(lambda view: _counted(view, devices.get(view, device)))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        from protekt_cli.engine import devices

        def change(_: Engine, transaction: Transaction) -> Json:
            found = devices.get(transaction, device)
            if "name" in changes:
                found = devices.rename(transaction, found, changes["name"])
            if "trusted" in changes:
                found = devices.set_trusted(transaction, found, trusted=changes["trusted"])
            return _counted(transaction, found)

        return self.change(change)

    def count_on_device(self, device: str) -> Ended:
        from protekt_cli.engine import devices, revocation

        def find(view: View) -> Report:
            selection = revocation.Selection(device_id=devices.get(view, device).id)
            return revocation.find_selected(view, selection)

        return ended(self.read(find))

    def revoke_device(self, device: str) -> Ended:
        from protekt_cli.engine import devices, events

        self.prepare()
        found = self.read(lambda view: devices.get(view, device))
        return ended(devices.revoke(self.engine, found.id, actor=events.CLI))


def ended(report: Report) -> Ended:
    """Return what a revocation did, as a command shows it."""
    return Ended(report.revoked, report.ids, report.not_found, report.users, report.devices)


def _counted(view: View, device: Device) -> Json:
    from protekt_cli.store.sessions import count_active_by_device

    return device_json(device, count_active_by_device(view, device.id))


def _device_id(view: View, text: str) -> str:
    from protekt_cli.core.ids import Prefix
    from protekt_cli.engine.cut_ids import resolve

    return resolve(view, Prefix.DEVICE, text)


def _network(text: str | None) -> Network | None:
    if text is None:
        return None
    from protekt_cli.cli.addresses import parse_network

    return parse_network(text)


def _filter(view: View, query: SessionQuery) -> Filter:
    from protekt_cli.cli.lists import since
    from protekt_cli.models import SessionStatus
    from protekt_cli.store.sessions import Filter

    return Filter(
        user_id=user_of(view, query.user).id if query.user else None,
        device_id=_device_id(view, query.device) if query.device else None,
        status=None if query.status == "all" else SessionStatus(query.status),
        since=since(query.since, view.now.seconds) if query.since else None,
        network=_network(query.ip),
    )


def _selection(view: View, selectors: Selectors) -> Selection:
    from protekt_cli.engine.revocation import Selection

    return Selection(
        ids=selectors.ids,
        user_id=user_of(view, selectors.user).id if selectors.user else None,
        device_id=_device_id(view, selectors.device) if selectors.device else None,
        all=selectors.all,
        current=selectors.current,
        others_than=selectors.others_than,
        network=_network(selectors.ip),
        idle_for=selectors.idle_for,
    )
