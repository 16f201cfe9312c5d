"""The database itself, as the admin commands ask it.

Reading opens the store alone, which is faster and needs no master key; what changes something
goes through the engine, by the command line's word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from protekt_cli.cli.administration import (
    Ended,
    EventQuery,
    Json,
    Listed,
    Selectors,
    SessionQuery,
)
from protekt_cli.cli.lists import since
from protekt_cli.engine import representation as shape

if TYPE_CHECKING:
    from protekt_cli.cli.invocation import Invocation
    from protekt_cli.engine.engine import Engine
    from protekt_cli.engine.revocation import Report, Selection
    from protekt_cli.models import Device, User
    from protekt_cli.store import events as event_table
    from protekt_cli.store.database import Store, Transaction, View

T = TypeVar("T")

#: Who does what the command line asks for.
_CLI = "cli"
#: Events that are read at once.
_PAGE = 1000


class Local:
    """The database of this command's settings. It is opened when something is first asked."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._opened = ExitStack()

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    def now(self) -> int:
        return self._store.now().seconds

    def prepare(self) -> None:
        self._engine.unlock()

    def create_user(
        self, *, email: str, name: str | None, metadata: Json, password: str | None
    ) -> Json:
        from protekt_cli.engine import users

        users.normalise_email(email)
        hashed = None if password is None else self._hash(password, email, name)
        return shape.user_json(
            self._change(
                lambda engine, transaction: users.create(
                    engine,
                    transaction,
                    email=email,
                    name=name,
                    metadata=metadata,
                    password_hash=hashed,
                    actor=_CLI,
                )
            )
        )

    def list_users(self, *, status: str | None, search: str | None, limit: int) -> Listed:
        from protekt_cli.models import UserStatus
        from protekt_cli.store import users

        only = UserStatus(status) if status else None
        return self._listed(
            lambda view: users.list_matching(view, status=only, search=search, limit=_most(limit)),
            shape.user_json,
            limit,
        )

    def get_user(self, user: str) -> Json:
        return shape.user_json(self._read(lambda view: _user(view, user)))

    def update_user(self, user: str, changes: Mapping[str, Any]) -> Json:
        from protekt_cli.engine import user_changes

        return shape.user_json(
            self._change(
                lambda engine, transaction: user_changes.apply(
                    engine, transaction, _user(transaction, user), changes, actor=_CLI
                )
            )
        )

    def set_password(self, user: str, password: str) -> Json:
        from protekt_cli.engine import user_changes

        found = self._read(lambda view: _user(view, user))
        hashed = self._hash(password, found.email, found.name)

        def change(engine: Engine, transaction: Transaction) -> User:
            present = _user(transaction, found.id)
            user_changes.set_password(engine, transaction, present, hashed, actor=_CLI)
            return _user(transaction, found.id)

        return shape.user_json(self._change(change))

    def delete_user(self, user: str) -> None:
        from protekt_cli.engine import user_changes

        self._change(
            lambda engine, transaction: user_changes.delete(
                engine, transaction, _user(transaction, user), actor=_CLI
            )
        )

    def list_sessions(self, query: SessionQuery) -> Listed:
        from protekt_cli.cli.addresses import parse_network
        from protekt_cli.models import SessionStatus
        from protekt_cli.store import sessions

        def find(view: View) -> tuple[list[Any], int]:
            wanted = sessions.Filter(
                user_id=_user(view, query.user).id if query.user else None,
                device_id=_device_id(view, query.device) if query.device else None,
                status=None if query.status == "all" else SessionStatus(query.status),
                since=since(query.since, view.now.seconds) if query.since else None,
                network=parse_network(query.ip) if query.ip else None,
            )
            most = _most(query.limit)
            return sessions.list_matching(view, wanted, most, query.sort), view.now.seconds

        found, now = self._read(find)
        shown = [shape.session_json(session, now, with_note=True) for session in found]
        return _cut(shown, query.limit)

    def get_session(self, session: str) -> Json:
        from protekt_cli.engine import sessions

        found, now = self._read(lambda view: (sessions.get(view, session), view.now.seconds))
        return shape.session_json(found, now, with_note=True)

    def count_selected(self, selectors: Selectors) -> Ended:
        from protekt_cli.engine import revocation

        return _ended(
            self._read(lambda view: revocation.find_selected(view, _selection(view, selectors)))
        )

    def revoke_sessions(self, selectors: Selectors, *, note: str | None) -> Ended:
        from protekt_cli.engine import revocation

        self.prepare()
        selection = self._read(lambda view: _selection(view, selectors))
        return _ended(revocation.revoke(self._engine, selection, actor=_CLI, note=note))

    def issue(
        self, user: str, *, ttl: int | None, claims: Mapping[str, Any], device: str | None
    ) -> Json:
        from protekt_cli.engine import sessions

        return shape.grant_json(
            self._change(
                lambda engine, transaction: sessions.issue(
                    engine,
                    transaction,
                    _user(transaction, user),
                    claims=claims,
                    access_ttl=ttl,
                    device_name=device,
                    actor=_CLI,
                )
            )
        )

    def verify_token(self, token: str) -> Json:
        from protekt_cli.engine import validation

        engine = self._engine
        found, now = engine.read(
            lambda view: (validation.look(engine, view, token).validation, view.now.seconds)
        )
        return shape.validation_json(found, now)

    def list_devices(self, *, user: str | None, limit: int) -> Listed:
        from protekt_cli.store import devices

        def find(view: View) -> list[tuple[Device, int]]:
            user_id = _user(view, user).id if user is not None else None
            return devices.list_counted(view, user_id=user_id, limit=_most(limit))

        return self._listed(find, lambda found: shape.device_json(*found), limit)

    def get_device(self, device: str) -> Json:
        from protekt_cli.engine import devices

        return self._read(lambda view: _counted(view, devices.get(view, device)))

    def update_device(self, device: str, changes: Mapping[str, Any]) -> Json:
        from protekt_cli.engine import devices

        def change(engine: Engine, transaction: Transaction) -> Json:
            found = devices.get(transaction, device)
            if "name" in changes:
                found = devices.rename(transaction, found, changes["name"])
            if "trusted" in changes:
                found = devices.set_trusted(transaction, found, trusted=changes["trusted"])
            return _counted(transaction, found)

        return self._change(change)

    def count_on_device(self, device: str) -> Ended:
        from protekt_cli.engine import devices, revocation

        def find(view: View) -> Report:
            found = devices.get(view, device)
            return revocation.find_selected(view, revocation.Selection(device_id=found.id))

        return _ended(self._read(find))

    def revoke_device(self, device: str) -> Ended:
        from protekt_cli.engine import devices

        self.prepare()
        found = self._read(lambda view: devices.get(view, device))
        return _ended(devices.revoke(self._engine, found.id, actor=_CLI))

    def list_keys(self, *, limit: int) -> Listed:
        from protekt_cli.store import signing_keys

        return self._listed(signing_keys.list_all, shape.key_json, limit)

    def rotate_keys(self, *, algorithm: str | None) -> Json:
        from protekt_cli.engine import keys

        return shape.key_json(
            self._change(
                lambda engine, transaction: keys.rotate(
                    engine, transaction, actor=_CLI, algorithm=algorithm
                )
            )
        )

    def get_revocable_key(self, kid: str) -> Json:
        from protekt_cli.engine import keys

        return shape.key_json(self._read(lambda view: keys.find_revocable(view, kid)))

    def revoke_key(self, kid: str) -> Json:
        from protekt_cli.engine import keys

        return shape.key_json(
            self._change(
                lambda engine, transaction: keys.revoke(engine, transaction, kid, actor=_CLI)
            )
        )

    def jwks(self) -> Json:
        from protekt_cli.engine import keys

        return self._read(keys.jwks)

    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json:
        from protekt_cli.engine import api_keys
        from protekt_cli.models import Scope

        key, presented = self._change(
            lambda engine, transaction: api_keys.create(
                engine,
                transaction,
                name=name,
                scope=Scope(scope),
                expires_in=expires_in,
                actor=_CLI,
            )
        )
        return shape.new_api_key_json(key, presented)

    def list_api_keys(self, *, limit: int) -> Listed:
        from protekt_cli.engine import api_keys

        return self._listed(lambda view: api_keys.list_all(view)[::-1], shape.api_key_json, limit)

    def revoke_api_key(self, key: str) -> Json:
        from protekt_cli.engine import api_keys

        return shape.api_key_json(
            self._change(
                lambda engine, transaction: api_keys.revoke(engine, transaction, key, actor=_CLI)
            )
        )

    def list_events(self, query: EventQuery) -> Listed:
        from protekt_cli.store.events import find_start

        def begin(view: View) -> tuple[event_table.Filter, int, bool]:
            wanted = _event_filter(view, query)
            start, is_cut = find_start(view, wanted, query.limit) if query.limit else (0, False)
            return wanted, start, is_cut

        wanted, start, is_cut = self._read(begin)
        events = islice(self._events(wanted, start - 1), query.limit or None)
        return Listed(map(shape.event_json, events), is_cut)

    def follow_events(self, last: int) -> Iterator[Json | None]:
        from protekt_cli.store.event_filter import EVERYTHING
        from protekt_cli.store.events import find_last, find_start

        start, _ = self._read(lambda view: find_start(view, EVERYTHING, last))
        after = start - 1
        while True:
            for event in self._events(EVERYTHING, after):
                yield shape.event_json(event)
                after = event.seq
            yield None
            newest = self._read(find_last)
            if newest is not None and newest[0] < after:
                after = 0  # the events began anew

    def _events(self, wanted: event_table.Filter, after: int) -> Iterator[Any]:
        """Give the events of a filter behind a `seq`, in pages: no snapshot is held open."""
        from protekt_cli.store.events import list_page

        while page := self._read(lambda view: list_page(view, wanted, after, _PAGE)):  # noqa: B023
            yield from page
            after = page[-1].seq

    @cached_property
    def _store(self) -> Store:
        return self._opened.enter_context(self._invocation.store())

    @cached_property
    def _engine(self) -> Engine:
        return self._opened.enter_context(self._invocation.engine())

    def _read(self, query: Callable[[View], T]) -> T:
        return self._store.read(query)

    def _change(self, change: Callable[[Engine, Transaction], T]) -> T:
        # Nothing may be sealed for it, but whatever writes needs the master key.
        engine = self._engine.unlock()
        return engine.submit(lambda transaction: change(engine, transaction))

    def _listed(
        self, find: Callable[[View], list[T]], as_json: Callable[[T], Json], limit: int
    ) -> Listed:
        return _cut([as_json(each) for each in self._read(find)], limit)

    def _hash(self, password: str, email: str, name: str | None) -> str:
        from protekt_cli.engine import strength

        passwords = self._engine.passwords
        weakness = passwords.check_new(password, strength.known_words(email, name))
        if weakness is not None:
            self._invocation.note(f"warning: {weakness}")
        return passwords.hash(password)


def _most(limit: int) -> int | None:
    """Return how many to look for: one more than are shown, to know whether there are more."""
    return limit + 1 if limit else None


def _cut(items: list[Json], limit: int) -> Listed:
    return Listed(items[: limit or None], is_cut=bool(limit) and len(items) > limit)


def _user(view: View, named: str) -> User:
    from protekt_cli.engine import users

    return users.get(view, named)


def _device_id(view: View, text: str) -> str:
    from protekt_cli.core.ids import Prefix
    from protekt_cli.engine.cut_ids import resolve

    return resolve(view, Prefix.DEVICE, text)


def _counted(view: View, device: Device) -> Json:
    from protekt_cli.store.sessions import count_active_by_device

    return shape.device_json(device, count_active_by_device(view, device.id))


def _selection(view: View, selectors: Selectors) -> Selection:
    from protekt_cli.cli.addresses import parse_network
    from protekt_cli.engine.revocation import Selection

    return Selection(
        ids=selectors.ids,
        user_id=_user(view, selectors.user).id if selectors.user else None,
        device_id=_device_id(view, selectors.device) if selectors.device else None,
        all=selectors.all,
        current=selectors.current,
        others_than=selectors.others_than,
        network=parse_network(selectors.ip) if selectors.ip else None,
        idle_for=selectors.idle_for,
    )


def _event_filter(view: View, query: EventQuery) -> event_table.Filter:
    from protekt_cli.engine import event_subjects
    from protekt_cli.store.event_filter import Filter

    return Filter(
        type=query.type,
        user_id=event_subjects.user_id(view, query.user) if query.user else None,
        session_id=event_subjects.session_id(view, query.session) if query.session else None,
        since=since(query.since, view.now.seconds) if query.since else None,
    )
