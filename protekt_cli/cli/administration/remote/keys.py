"""Signing keys and API keys of a server."""

from __future__ import annotations

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.cli.administration.remote.server import Server, listed, plain
from protekt_cli.core.ids import Prefix, check_cut, the_one
from protekt_cli.errors import Conflict


class Keys(Server):
    """What the commands of `keys` and `apikeys` ask for."""

    def list_keys(self, *, limit: int) -> Listed:
        return listed(lambda page: self.admin.list_keys(page=page), limit)

    def rotate_keys(self, *, algorithm: str | None) -> Json:
        return plain(self.admin.rotate_keys(algorithm=algorithm))

    def get_revocable_key(self, kid: str) -> Json:
        start = check_cut(Prefix.SIGNING_KEY, kid)
        found = {key["kid"]: key for key in self.admin.list_keys() if key["kid"].startswith(start)}
        key = found[the_one(Prefix.SIGNING_KEY, kid, list(found))]
        if key["status"] == "active":
            raise Conflict(
                f"{key['kid']} is the key that signs", hint="first run: protekt keys rotate"
            )
        return plain(key)

    def revoke_key(self, kid: str) -> Json:
        return plain(self.admin.revoke_key(check_cut(Prefix.SIGNING_KEY, kid)))

    def jwks(self) -> Json:
        return plain(self.admin.jwks())

    def create_api_key(self, *, name: str, scope: str, expires_in: int | None) -> Json:
        return plain(self.admin.create_api_key(name, scope=scope, expires_in=expires_in))

    def list_api_keys(self, *, limit: int) -> Listed:
        return listed(lambda page: self.admin.list_api_keys(page=page), limit)

    def revoke_api_key(self, key: str) -> Json:
        start = check_cut(Prefix.API_KEY, key)
        found = {each["id"]: each for each in self.admin.list_api_keys()}
        whole = the_one(Prefix.API_KEY, key, [id_ for id_ in found if id_.startswith(start)])
        self.admin.revoke_api_key(whole)
        return plain(found[whole])
