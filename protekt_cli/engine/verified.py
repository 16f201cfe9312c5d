"""Access tokens whose signature was verified, so that it need not be verified again.

Kept is only what can never change: which key of ours signed a token for this place, and what the
token claims. Whether that key is still there, the same, and not revoked is read from the store
each time; so are, by whoever judges the claims, the session and its user.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from protekt_cli.core import access_token
from protekt_cli.core.access_token import Claims, Refused
from protekt_cli.engine import keys
from protekt_cli.errors import Reason
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store.signing_keys import SealedKey

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.store.database import View

#: Tokens that are kept, in about 600 bytes each.
ROOM = 32_000


class Verified(NamedTuple):
    claims: Claims
    #: As it was sealed then: one that was replaced, or sealed anew, is another.
    key: SealedKey


class VerifiedTokens:
    """The tokens that one engine verified, by their SHA-256: the tokens themselves are not kept.

    Of more than there is *room* for, the least recently presented leaves. Threads may share it:
    each step on the map is one that Python takes as a whole.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[bytes, Verified] = OrderedDict()
        self._keys: dict[SealedKey, SealedKey] = {}

    def __contains__(self, token: str) -> bool:
        return _digest(token) in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, token: str) -> Verified | None:
        """Return what is known of a token, which holds if its key is still the same."""
        digest = _digest(token)
        known = self._kept.pop(digest, None)
        if known is not None:
            self._kept[digest] = known
        return known

    def verify(self, engine: Engine, view: View, token: str) -> Claims:
        """Return the claims of a token that one of our keys signed, for this place.

        Raises:
            Refused: With the first reason that holds, in the order of `Reason`.
        """
        digest = _digest(token)
        known = self._kept.pop(digest, None)
        if known is None or key_table.find_verifying(view, known.key.kid) != known.key:
            known = self._verify(engine, view, token)
        # A bad token never gets here, so that nobody can drive the good ones out with such.
        self._kept[digest] = known
        if len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return known.claims

    def _verify(self, engine: Engine, view: View, token: str) -> Verified:
        claims = access_token.verify(
            token, lambda kid: keys.find_verifying(engine, view, kid), engine.place
        )
        key = key_table.find_verifying(view, claims.kid)
        if key is None:
            raise Refused(Reason.UNKNOWN_KEY)
        return Verified(claims, self._keys.setdefault(key, key))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
