"""Signing keys and API keys of the database itself."""

from __future__ import annotations

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.cli.administration.local.database import Database
from protekt_cli.engine.representation import api_key_json, key_json


class Keys(Database):
    """What the commands of `keys` and `apikeys` ask for."""

    def list_keys(self, *, limit: int) -> Listed:
        from protekt_cli.store import signing_keys

        return self.listed(lambda view, _: signing_keys.list_all(view)[::-1], key_json, limit)

    def rotate_keys(self, *, algorithm: str | None) -> Json:
        from protekt_cli.engine import events, keys

        return key_json(
            self.change(
                lambda engine, transaction: keys.rotate(
                    engine, transaction, actor=events.CLI, algorithm=algorithm
                )
            )
        )

    def get_revocable_key(self, kid: str) -> Json:
        from protekt_cli.engine import keys

        return key_json(self.read(lambda view: keys.find_revocable(view, kid)))

    def revoke_key(self, kid: str) -> Json:
        from protekt_cli.engine import events, keys

        return key_json(
            self.change(
                lambda engine, transaction: keys.revoke(engine, transaction, kid, actor=events.CLI)
            )
        )

    def jwks(self) -> Json:
        from protekt_cli.engine import keys

        return self.read(keys.jwks)

    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json:
        from protekt_cli.engine import api_keys, events
        from protekt_cli.engine.representation import new_api_key_json
        from protekt_cli.models import Scope

        key, presented = self.change(
            lambda engine, transaction: api_keys.create(
                engine,
                transaction,
                name=name,
                scope=Scope(scope),
                expires_in=expires_in,
                actor=events.CLI,
            )
        )
        return new_api_key_json(key, presented)

    def list_api_keys(self, *, limit: int) -> Listed:
        from protekt_cli.engine import api_keys

        return self.listed(lambda view, _: api_keys.list_all(view)[::-1], api_key_json, limit)

    def revoke_api_key(self, key: str) -> Json:
        from protekt_cli.engine import api_keys, events

        return api_key_json(
            self.change(
                lambda engine, transaction: api_keys.revoke(
                    engine, transaction, key, actor=events.CLI
                )
            )
        )
