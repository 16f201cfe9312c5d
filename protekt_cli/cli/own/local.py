"""The database itself, as the commands about one's own session ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protekt_cli import __version__
from protekt_cli.cli.administration.local.sessions import ended
from protekt_cli.engine import (
    authentication,
    events,
    own_password,
    renewal,
    revocation,
    token_revocation,
    validation,
)
from protekt_cli.engine.representation import grant_json, session_json, user_json
from protekt_cli.engine.revocation import Selection
from protekt_cli.models import Caller
from protekt_cli.store import sessions as session_table

if TYPE_CHECKING:
    from protekt_cli.cli.administration import Ended
    from protekt_cli.cli.credentials import Login
    from protekt_cli.cli.own.interface import Json
    from protekt_cli.engine.engine import Engine


class Local:
    """One database."""

    server = None

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> int:
        return self._engine.store.now().seconds

    def prepare(self) -> None:
        self._engine.unlock()

    def log_in(self, email: str, password: str, *, device_id: str | None, name: str) -> Json:
        grant = authentication.login(
            self._engine,
            email,
            password,
            _caller(device_id),
            device_name=name,
            device_kind="terminal",
        )
        return grant_json(grant)

    def refresh(self, token: str, *, device_id: str | None) -> Json:
        engine, claimed = self._engine, renewal.parse(token)
        return grant_json(
            engine.submit(
                lambda transaction: renewal.refresh(
                    engine, transaction, claimed, _caller(device_id)
                )
            )
        )

    def get_session(self, login: Login) -> Json:
        found = validation.validate(self._engine, login.access_token)
        if found.session is None or found.user is None:
            raise validation.refusal(found)
        return {
            "session": session_json(found.session, self.now(), current=login.session_id),
            "user": user_json(found.user),
        }

    def change_password(self, login: Login, *, current: str, new: str) -> tuple[Json, str | None]:
        engine, token = self._engine, login.access_token
        look = engine.read(lambda view: validation.look(engine, view, token))
        if look.claims is None:
            raise validation.refusal(look.validation)
        grant, weakness = own_password.change(
            engine, look.claims, _caller(login.device_id), current=current, new=new
        )
        return grant_json(grant), weakness

    def count(self, login: Login, *, all_: bool) -> Ended:
        selection, _ = self._selected(login, all_)
        return ended(self._engine.read(lambda view: revocation.find_selected(view, selection)))

    def log_out(self, login: Login, *, all_: bool) -> Ended:
        self.prepare()
        selection, actor = self._selected(login, all_)
        return ended(revocation.revoke(self._engine, selection, actor=actor))

    def revoke_token(self, token: str) -> Ended:
        engine = self._engine
        return ended(
            engine.submit(lambda transaction: token_revocation.revoke(engine, transaction, token))
        )

    def _selected(self, login: Login, all_: bool) -> tuple[Selection, str]:
        """Return what is to be ended, and whose word that is; the login's own token is not asked.

        Whoever has the database needs none to end a session.
        """
        session = self._engine.read(lambda view: session_table.find(view, login.session_id))
        if session is None:
            return Selection(current=login.session_id), events.CLI
        user_id = session.user_id
        return Selection(user_id=user_id) if all_ else Selection(current=session.id), user_id


def _caller(device_id: str | None) -> Caller:
    return Caller(user_agent=f"protekt/{__version__}", device_id=device_id)
